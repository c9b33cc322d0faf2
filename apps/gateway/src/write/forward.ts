import { AwsUnavailable, type RemoteWriter } from '@tickwatch/aws'
import type { Clock } from '../clock.ts'

/** What became of a request at AMP. */
export type Outcome =
  | { kind: 'taken' }
  /** AMP will not take it, or only a part of it; sending it again does not help. */
  | { kind: 'refused'; status: number; body: string }
  /** How much of it is stored is not known; the sender keeps it and tries again, and twice the same sample is one. */
  | { kind: 'busy'; status: 429 | 503; body: string; retryAfterSeconds: number }

/** Where AMP says nothing of when to come back. */
export const retryAfterSeconds = 2

/**
 * Statuses by which AMP tells that this gateway is wrong, not the sender: credentials, permission, workspace, quota. Passed on,
 * the sender would drop the samples for good.
 */
export const ownFaults: ReadonlySet<number> = new Set([401, 402, 403, 404, 405, 407, 408])

/**
 * What AMP says in a 400 when the workspace is full, or has too many series of one metric. It is the platform's fault and not
 * the tenant's, whose sender would drop the samples for good. AMP does not document the words; these are Cortex's and Mimir's
 * ("per-user series limit of 2000000 exceeded", "err-mimir-max-series-per-user"). A text that is not matched goes on as 400,
 * and one about a sample must not be matched: its sender would send it for ever.
 */
const workspaceFull =
  /\bseries limit\b|\bmax-series-per-|\b(?:limit|max(?:imum)?)(?: number)? of (?:\d+ )?(?:active )?series\b/i

/**
 * Sends one request on, and says what its sender must know. Nothing counts as taken that AMP did not answer 2xx for.
 * @param observe hears how long AMP took, and what is wrong with AMP, if anything is; a faulty request is its sender's.
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
    const isFull = status === 400 && workspaceFull.test(text)
    const isSenders =
      status < 300 || (status >= 400 && status < 500 && status !== 429 && !ownFaults.has(status) && !isFull)
    observe(took(), isSenders ? null : `AMP answered ${status}${isFull ? ': its series limit is reached' : ''}`)
    if (status < 300) return { kind: 'taken' }
    if (isSenders) return { kind: 'refused', status, body: text }
    if (status === 429) return { kind: 'busy', status, body: text, retryAfterSeconds: wait ?? retryAfterSeconds }
    return { kind: 'busy', status: 503, body: '', retryAfterSeconds: wait ?? retryAfterSeconds }
  } catch (cause) {
    if (!(cause instanceof AwsUnavailable)) throw cause
    observe(took(), cause.message)
    return { kind: 'busy', status: 503, body: '', retryAfterSeconds }
  }
}
