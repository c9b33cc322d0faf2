import { platformState } from './platform.ts'

/** Sends an alert to the platform's Alertmanager, as Prometheus does. @returns what ends it */
export async function fireAlert(labels: Record<string, string>): Promise<() => Promise<void>> {
  const startsAt = new Date().toISOString()
  const send = async (endsAt: Date) => {
    const answer = await fetch(`${platformState().addresses.alertmanager}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify([{ labels, startsAt, endsAt: endsAt.toISOString() }]),
    })
    if (!answer.ok) throw new Error(`Alertmanager answered ${answer.status}: ${await answer.text()}`)
  }
  await send(new Date(Date.now() + 3_600_000))
  return () => send(new Date())
}
