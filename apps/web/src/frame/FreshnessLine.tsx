'use client'

import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Status } from '../components/Status.tsx'
import { learnServerClock, serverTime, useNow } from '../lib/now.ts'
import { useTRPC } from '../lib/trpc/client.ts'
import classes from './FreshnessLine.module.css'
import { freshnessWords } from './freshness.ts'

/** The age of the data in the graphs. Every signed-in person sees it on every page. */
export function FreshnessLine() {
  const trpc = useTRPC()
  const { data, error, dataUpdatedAt } = useQuery(
    trpc.usage.freshness.queryOptions(undefined, { refetchInterval: 5_000 }),
  )
  const now = useNow()
  useEffect(() => {
    if (data) learnServerClock(Date.parse(data.checkedAt), dataUpdatedAt)
  }, [data, dataUpdatedAt])
  if (!data && !error) return <div className={classes.line} />
  const { kind, words, detail } = freshnessWords(error ? undefined : data, serverTime(dataUpdatedAt), now)
  return (
    <div className={classes.line} data-kind={kind} title={detail ?? undefined}>
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
