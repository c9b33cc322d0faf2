import type { StatusKind } from '../components/Status.tsx'
import { formatAge } from '../lib/format.ts'
import type { Outputs } from '../lib/trpc/client.ts'

type Freshness = Outputs['usage']['freshness']

/** It is asked every 5 s; an answer older than this says nothing about now. */
const checkedForMs = 20_000

/**
 * The line's words. The age grows between two answers, so that a line that is no longer renewed does not stay young.
 * @param receivedMs when the answer came, by the browser's own clock: that may differ from the server's.
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
