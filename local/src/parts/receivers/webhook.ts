import { createHmac, timingSafeEqual } from 'node:crypto'
import type { HttpAnswer, HttpRequest, Inbox } from './inbox.ts'
import { objectOf } from './pagerDuty.ts'

const toleranceSeconds = 300

/** A receiver that checks what docs/notifications.md tells one to check. */
export function createWebhook(inbox: Inbox, secret: string) {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  /** Ids of events that it handled: a repetition has the same. */
  const handled = new Set<string>()

  function answer({ headers, body }: HttpRequest): HttpAnswer {
    const { 'webhook-id': id = '', 'webhook-timestamp': timestamp = '', 'webhook-signature': signatures = '' } = headers
    const why = faultOf(id, timestamp, signatures, body)
    if (why !== null) {
      inbox.refuse('webhook', why)
      return { status: 401, json: { error: why } }
    }
    const json = objectOf(body)
    const events = (Array.isArray(json.events) ? json.events : []) as Record<string, unknown>[]
    const fresh = events.filter((event) => !handled.has(String(event.id)))
    for (const event of fresh) handled.add(String(event.id))
    if (fresh.length > 0) {
      const what = fresh.map(({ event, subject }) => `${event} ${subject}`).join(', ')
      const kept = { what, title: String(json.title), text: String(json.text), body: { ...json, events: fresh } }
      inbox.keep({ receiver: 'webhook', ...kept })
    }
    return { status: 204 }
  }

  function faultOf(id: string, timestamp: string, signatures: string, body: Buffer): string | null {
    if (!id) return 'webhook-id is missing'
    const ageSeconds = Math.abs(Date.now() / 1_000 - Number(timestamp))
    if (!(ageSeconds <= toleranceSeconds)) return 'webhook-timestamp is too old or missing'
    const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest()
    const fits = signatures.split(' ').some((signature) => {
      const [version, value = ''] = signature.split(',')
      const given = Buffer.from(value, 'base64')
      return version === 'v1' && given.byteLength === expected.byteLength && timingSafeEqual(given, expected)
    })
    return fits ? null : 'webhook-signature does not fit'
  }

  return { answer }
}
