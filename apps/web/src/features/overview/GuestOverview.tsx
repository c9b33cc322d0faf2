'use client'

import { useQuery } from '@tanstack/react-query'
import { PageHeader } from '../../components/PageHeader.tsx'
import { RolesMissing } from '../../components/RolesMissing.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { serverTime } from '../../lib/now.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { FreshnessSentence } from './FreshnessSentence.tsx'
import classes from './Overview.module.css'

/** `/` for people without a role: whether the graphs are current, and which role shows more. */
export function GuestOverview() {
  const trpc = useTRPC()
  const freshness = useQuery(trpc.usage.freshness.queryOptions(undefined, { refetchInterval: 5_000 }))
  return (
    <>
      <PageHeader title="Overview" sentence="This page shows whether the graphs are current." />
      <QueryView query={freshness} what="the age of the graphs" skeleton={<SkeletonRows rows={1} />}>
        {(data) => (
          <p className={classes.verdict}>
            <FreshnessSentence freshness={data} receivedMs={serverTime(freshness.dataUpdatedAt)} />
          </p>
        )}
      </QueryView>
      <Section title="To see more">
        <p className={classes.prose}>
          For quotas and use you need the role tenant viewer or tenant admin of your tenant. For gateways, approvals and
          the audit log you need a platform role: platform admin, platform approver or auditor. A platform admin can
          give a role to you or to one of your groups.
        </p>
        <RolesMissing className={classes.prose} />
      </Section>
    </>
  )
}
