import { createHmac } from 'node:crypto'
import type { Answer } from '../notification.rules.ts'
import { type Content, type Sent, shortened } from './content.ts'
import { postJson } from './post.ts'

/**
 * A signed webhook, as https://www.standardwebhooks.com describes it: the signature covers id, time and body, and the
 * time lets a receiver refuse an old message that somebody sends again. docs/notifications.md has the body.
 */
export async function sendToWebhook(
  content: Content,
  secret: string,
  url: string,
  now: Date,
  signal: AbortSignal,
): Promise<Sent> {
  const key = keyOf(secret)
  if (typeof key === 'string') return { answer: { kind: 'unsent', text: key } satisfies Answer }
  const body = JSON.stringify({
    ...{ id: content.batchId, thread: content.dedupKey, state: content.isTold ? null : content.state },
    ...{ title: shortened(content.title, 1_000), text: content.text, severity: content.severity, url: content.url },
    subjects: content.isStorm ? content.subjects : null,
    eventsLeftOut: content.count - content.events.length,
    events: content.events.map(({ id, subject, event, notification }) => ({ id, subject, event, ...notification })),
  })
  const timestamp = String(Math.floor(now.getTime() / 1_000))
  const headers = {
    'webhook-id': content.batchId,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature(key, content.batchId, timestamp, body)}`,
  }
  return { answer: await postJson(url, body, headers, signal) }
}

/** Base64 of the HMAC-SHA256 of id, time and body with dots between them. */
const signature = (key: Uint8Array, id: string, timestamp: string, body: string) =>
  createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')

const keyBytesMin = 24

/** The bytes of `whsec_<base64>`, or what is wrong with it. It does not quote the secret. */
function keyOf(secret: string): Buffer | string {
  const key = /^whsec_[A-Za-z0-9+/]+={0,2}$/.test(secret.trim()) ? Buffer.from(secret.trim().slice(6), 'base64') : null
  if (key && key.byteLength >= keyBytesMin) return key
  return `Its secret must be whsec_ and at least ${keyBytesMin} bytes as base64.`
}
