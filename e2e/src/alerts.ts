import { platformState } from './platform.ts'
import type { Caller } from './portal.ts'

/** Sends an alert as an Alertmanager of one's own does. @returns what sends that it ended */
export async function fireAlert(
  platform: Caller,
  alert: { labels: Record<string, string>; fingerprint: string },
): Promise<() => Promise<void>> {
  const { token } = await platform.mutate<{ token: string }>('apiToken.create', {
    ...{ name: `e2e-alerts-${Date.now()}`, scopes: ['alerts:send'], expiresInDays: 1 },
  })
  const startsAt = new Date().toISOString()
  const send = async (status: 'firing' | 'resolved') => {
    const answer = await fetch(`${platformState().addresses.api}/v1/alertmanager/webhook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({
        ...{ version: '4', alerts: [{ ...alert, status, startsAt, endsAt: new Date().toISOString() }] },
      }),
    })
    if (!answer.ok) throw new Error(`the API answered ${answer.status}: ${await answer.text()}`)
  }
  await send('firing')
  return () => send('resolved')
}
