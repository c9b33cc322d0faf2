'use client'

import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useQueries } from '@tanstack/react-query'
import type { Impact, LimitChange, LimitName } from '@tickwatch/policy'
import { Status } from '../../components/Status.tsx'
import { formatDateTime, formatDuration } from '../../lib/format.ts'
import { useZone } from '../../lib/timeZone.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import classes from './EditQuota.module.css'
import { decisionSentence, fromToSentence, previewSentence } from './impact.ts'
import { isMetered } from './usage.ts'

/** The paragraph that says, before the person sends the change, what it will do. */
export function WhatItDoes({
  quota,
  impact,
  harms,
  endsAt,
  boostSeconds,
}: {
  quota: Outputs['quota']['current']
  impact: Impact
  /** What the changes would refuse of the present use. */
  harms: readonly { limit: LimitName; sentence: string }[]
  /** ISO 8601; null if the change has no end. */
  endsAt: string | null
  /** How long the change lasts from when it applies; null if it has no end, or a given one. */
  boostSeconds: number | null
}) {
  const [zone] = useZone()
  const previews = usePreviews(impact.changes)
  if (impact.changes.length === 0) {
    return <p className={classes.sentence}>Nothing yet: these are the present limits.</p>
  }
  const tenantId = quota.tenant.id
  return (
    <>
      {impact.changes.map((change) => {
        const warning = harms.find(({ limit }) => limit === change.limit)?.sentence
        const preview = previews.get(change.limit)
        return (
          <div key={change.limit}>
            <p className={classes.sentence}>{fromToSentence(change)}</p>
            {warning && (
              <p className={classes.sentence}>
                <Status kind="warning">{warning}</Status>
              </p>
            )}
            {preview && <p className={classes.sentence}>{preview}</p>}
            {change.to < change.from && !isMetered(change.limit) && (
              <p className={classes.sentence}>
                Use of this limit is not measured, so we do not know what the reduction would refuse.
              </p>
            )}
          </div>
        )
      })}
      <p className={classes.sentence}>
        <Status kind={impact.decidedBy === 'rule' ? 'good' : 'info'}>
          {decisionSentence(impact, quota.envelope, tenantId)}
        </Status>
      </p>
      {endsAt && (
        <p className={classes.sentence}>
          {impact.decidedBy === 'rule' ? 'The' : 'If it is approved, the'} present limits come back automatically{' '}
          {impact.decidedBy === 'approver' && boostSeconds !== null
            ? `${formatDuration(boostSeconds * 1_000)} after the approval`
            : `on ${formatDateTime(Date.parse(endsAt), zone)}`}
          .
        </p>
      )}
    </>
  )
}

const previewHours = 7 * 24

/** What each changed limit would have refused. Asks the API when the person stops typing. */
function usePreviews(changes: readonly LimitChange[]): Map<string, string> {
  const trpc = useTRPC()
  const [settled] = useDebouncedValue(changes, 300)
  const metered = settled.flatMap(({ limit, to }) => (isMetered(limit) ? [{ limit, value: to }] : []))
  const answers = useQueries({
    queries: metered.map((change) =>
      trpc.usage.preview.queryOptions(
        { ...change, hours: previewHours },
        { trpc: alone, staleTime: 60_000, placeholderData: keepPreviousData },
      ),
    ),
  })
  const sentences = new Map<string, string>()
  metered.forEach(({ limit, value }, i) => {
    const answer = answers[i]
    if (answer?.data && !answer.isPlaceholderData) sentences.set(limit, previewSentence(limit, value, answer.data))
    else if (answer?.error)
      sentences.set(limit, 'We do not know what it would have refused: past use could not be read.')
    else sentences.set(limit, 'Comparing with the last 7 days…')
  })
  return sentences
}
