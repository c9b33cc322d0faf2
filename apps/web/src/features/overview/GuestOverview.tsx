'use client'

import { useQuery } from '@tanstack/react-query'
import { PageHeader } from '../../components/PageHeader.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { FreshnessSentence } from './FreshnessSentence.tsx'
import classes from './Overview.module.css'

/** `/` for people without a role: whether the graphs are current, and what it takes to see more. */
export function GuestOverview() {
  const trpc = useTRPC()
  const freshness = useQuery(trpc.usage.freshness.queryOptions(undefined, { refetchInterval: 5_000 }))
  return (
    <>
      <PageHeader title="Overview" sentence="Whether the graphs show what is happening now." />
      <QueryView query={freshness} what="the age of the graphs" skeleton={<SkeletonRows rows={1} />}>
        {(data) => (
          <p className={classes.verdict}>
            <FreshnessSentence freshness={data} receivedMs={freshness.dataUpdatedAt} />
          </p>
        )}
      </QueryView>
      <Section title="To see more">
        <p className={classes.prose}>
          Quotas and use take the role tenant viewer or tenant admin of your tenant. Gateways, approvals and the audit
          log take a role of the platform: platform admin, platform approver or auditor. A platform admin grants them to
          you or to a group of yours.
        </p>
      </Section>
    </>
  )
}
