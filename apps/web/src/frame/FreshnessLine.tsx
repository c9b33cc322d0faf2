'use client'

import { useQuery } from '@tanstack/react-query'
import { Status, type StatusKind } from '../components/Status.tsx'
import { formatAge } from '../lib/format.ts'
import { useNow } from '../lib/now.ts'
import { type Outputs, useTRPC } from '../lib/trpc/client.ts'
import classes from './FreshnessLine.module.css'

type Freshness = Outputs['usage']['freshness']

/** The age of what the graphs show, for everyone who is signed in, on every page. */
export function FreshnessLine() {
  const trpc = useTRPC()
  const { data, error } = useQuery(trpc.usage.freshness.queryOptions(undefined, { refetchInterval: 5_000 }))
  const now = useNow()
  if (!data && !error) return <div className={classes.line} />
  const { kind, words, detail } = freshnessWords(error ? undefined : data, now)
  return (
    <div className={classes.line} title={detail ?? undefined}>
      <Status kind={kind}>
        <span role="status">{words}</span>
        {detail && (
          <span className={classes.detail} aria-hidden={kind === 'good' || undefined}>
            {' '}
            · {detail}
          </span>
        )}
      </Status>
    </div>
  )
}

/**
 * The line's words. The age grows between two answers, so that a line that is no longer renewed does not stay young.
 * @param nowMs 0 before the browser's clock is known.
 */
export function freshnessWords(
  freshness: Freshness | undefined,
  nowMs: number,
): { kind: StatusKind; words: string; detail: string | null } {
  if (!freshness) return { kind: 'warning', words: 'Graph age unknown', detail: 'the API did not answer' }
  const sinceCheckMs = nowMs === 0 ? 0 : Math.max(0, nowMs - Date.parse(freshness.checkedAt))
  const age = freshness.ageSeconds === null ? null : formatAge(freshness.ageSeconds * 1000 + sinceCheckMs)
  const because = freshness.reason
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
