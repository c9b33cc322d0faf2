'use client'

import { useEffect, useMemo, useState } from 'react'
import { type CatchUp, catchUpOf, type Lateness, watch } from './catchUp.ts'
import { passing, type UsageNow } from './usage.ts'

/** Whether senders work off a backlog, from the live figures that came while this page was open. */
export function useCatchUp(usage: UsageNow | undefined): CatchUp {
  const [course, setCourse] = useState<readonly Lateness[]>([])
  const asOf = usage?.asOf ?? null
  const seconds = usage?.sampleAgeSeconds ?? null
  const refused = usage?.refusedByReason.some(({ reason }) => passing.has(reason)) ?? false
  useEffect(() => {
    if (asOf !== null) setCourse((before) => watch(before, { atMs: Date.parse(asOf), seconds, refused }))
  }, [asOf, seconds, refused])
  return useMemo(() => catchUpOf(course), [course])
}
