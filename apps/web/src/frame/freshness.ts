import type { StatusKind } from '../components/Status.tsx'
import { formatAge } from '../lib/format.ts'
import type { Outputs } from '../lib/trpc/client.ts'

type Freshness = Outputs['usage']['freshness']

/** The portal asks every 5 s. An answer older than this says nothing about now. */
const checkedForMs = 20_000

/**
 * The words of the freshness line. The age grows between two answers, so that a line without new answers looks old.
 * @param receivedMs when the answer arrived, on the same clock as `nowMs`.
 * @param nowMs 0 before the browser's clock is known.
 */
export function freshnessWords(
  freshness: Freshness | undefined,
  receivedMs: number,
  nowMs: number,
): { kind: StatusKind; words: string; detail: string | null } {
  if (!freshness) return { kind: 'warning', words: 'Graph age unknown', detail: 'the API did not answer' }
  const sinceCheckMs = nowMs === 0 ? 0 : Math.max(0, nowMs - receivedMs)
  const age = freshness.ageSeconds === null ? null : formatAge(freshness.ageSeconds * 1000 + sinceCheckMs)
  const because = freshness.reason
  if (sinceCheckMs > checkedForMs) {
    return { kind: 'warning', words: 'Graph age unknown', detail: `not checked for ${formatAge(sinceCheckMs)}` }
  }
  switch (freshness.state) {
    case 'current':
      return { kind: 'good', words: 'Graphs current', detail: age && `${age} ago` }
    case 'late':
      return { kind: 'warning', words: 'Graphs late', detail: because ?? (age && `newest data ${age} old`) }
    case 'stale':
      return { kind: 'bad', words: 'Graphs stale', detail: because ?? (age && `newest data ${age} old`) }
    case 'unknown':
      return { kind: 'warning', words: 'Graph age unknown', detail: because }
  }
}
