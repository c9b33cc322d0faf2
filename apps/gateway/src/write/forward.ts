import { AwsUnavailable, type RemoteWriter } from '@tickwatch/aws'
import { isBadData } from '@tickwatch/remote-write'
import type { Clock } from '../clock.ts'

/** AMP's answer to a request. */
export type Outcome =
  | { kind: 'taken' }
  /** AMP refused it or a part of it. A retry does not help. */
  | { kind: 'refused'; status: number; body: string }
  /** We do not know how much is stored. The writer keeps it and retries: a sample may be stored twice without harm. */
  | { kind: 'busy'; status: 429 | 503; body: string; retryAfterSeconds: number }

/** Used when AMP sends no Retry-After. */
export const retryAfterSeconds = 2

/**
 * Statuses that are the gateway's fault, not the writer's: credentials, permission, workspace, quota. If we passed them
 * on, the writer would drop the samples for good.
 */
export const ownFaults: ReadonlySet<number> = new Set([401, 402, 403, 404, 405, 407, 408])

/**
 * AMP's messages in a 400 when the workspace is full, or has too many series of one metric, or too many clusters with
 * replicas. That is the platform's fault, not the tenant's, and a 400 would make the writer drop the samples for good.
 * AMP does not document its messages; these are Cortex's and Mimir's ("per-user series limit of 2000000 exceeded",
 * "err-mimir-max-series-per-user", "too many HA clusters (limit: 500)"). Other messages are passed on as 400. A message
 * about a sample must not match, or its writer would retry it forever.
 */
const tooManySeries =
  /\bseries limit\b|\bmax-series-per-|\b(?:limit|max(?:imum)?)(?: number)? of (?:\d+ )?(?:active )?series\b/i
const tooManyClusters = /\btoo many HA \w+ \(limit/i

/** Why the workspace is full, worded to follow "AMP answered 400"; empty if it is not. */
function fullBecause(status: number, text: string): string {
  if (status !== 400) return ''
  if (tooManySeries.test(text)) return ': its series limit is reached'
  return tooManyClusters.test(text) ? ': it has too many clusters with replicas' : ''
}

/**
 * Forwards one request to AMP, and returns what the writer must know. Only a 2xx from AMP counts as accepted.
 * @param observe is called with the time that AMP took, and with AMP's fault, or null if AMP works. A faulty request is
 *   the writer's fault, not AMP's.
 */
export async function forward(
  writer: RemoteWriter,
  body: Uint8Array,
  clock: Clock,
  observe: (seconds: number, fault: string | null) => void,
): Promise<Outcome> {
  const startedMs = clock.monotonicMs()
  const took = () => (clock.monotonicMs() - startedMs) / 1_000
  try {
    const { status, body: text, retryAfterSeconds: wait } = await writer.write(body)
    const full = fullBecause(status, text)
    // A sender that retries bad data forever delivers nothing else.
    const isBad = status === 500 && isBadData(text)
    const isSenders =
      isBad ||
      status < 300 ||
      (status >= 400 && status < 500 && status !== 429 && !ownFaults.has(status) && full === '')
    observe(took(), isSenders ? null : `AMP answered ${status}${full}`)
    if (status < 300) return { kind: 'taken' }
    if (isSenders) return { kind: 'refused', status: isBad ? 400 : status, body: text }
    if (status === 429) return { kind: 'busy', status, body: text, retryAfterSeconds: wait ?? retryAfterSeconds }
    return { kind: 'busy', status: 503, body: '', retryAfterSeconds: wait ?? retryAfterSeconds }
  } catch (cause) {
    if (!(cause instanceof AwsUnavailable)) throw cause
    observe(took(), cause.message)
    return { kind: 'busy', status: 503, body: '', retryAfterSeconds }
  }
}
