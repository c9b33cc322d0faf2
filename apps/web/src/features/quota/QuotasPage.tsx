'use client'

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { limitDefinitions } from '@tickwatch/policy'
import dynamic from 'next/dynamic'
import { IconPencil } from '../../components/icons.tsx'
import { Locked } from '../../components/Locked.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { RoleHolders } from '../../components/RoleHolders.tsx'
import { QueryView, SkeletonRows, StaleNote } from '../../components/StateView.tsx'
import { useCan } from '../../lib/me.tsx'
import { useNow } from '../../lib/now.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { WhyRefused } from '../refusal/WhyRefused.tsx'
import { FollowedChange } from './FollowedChange.tsx'
import { History } from './History.tsx'
import { chosenLimit } from './inputs.ts'
import { Meters, MetersSkeleton } from './Meters.tsx'
import { OtherLimits } from './OtherLimits.tsx'
import { PendingChanges } from './PendingChanges.tsx'
import { DecidedRequests } from './Requests.tsx'
import { StateSentence } from './StateSentence.tsx'
import { UsageChart } from './UsageChart.tsx'
import { isStale } from './usage.ts'
import { useUsage } from './useUsage.ts'

// The editor's code loads after the page, and only if the person may edit; the panel's when a request is opened.
const EditQuota = dynamic(() => import('./EditQuota.tsx').then((m) => m.EditQuota), { ssr: false })
const RequestPanel = dynamic(() => import('./RequestPanel.tsx').then((m) => m.RequestPanel), { ssr: false })

/** @param renderedAtMs when the server rendered the page, by its clock. */
export function QuotasPage({ tenantId, renderedAtMs }: { tenantId: string; renderedAtMs: number }) {
  const trpc = useTRPC()
  const { get, set } = useUrlParams()
  const quota = useQuery(trpc.quota.current.queryOptions(undefined, { refetchInterval: 15_000 }))
  const usage = useUsage()
  const mayEdit = useCan('quota:propose', tenantId)
  const now = useNow()
  const chosen = chosenLimit(get)
  const request = get('request')
  const title = limitDefinitions[chosen].title.toLowerCase()

  return (
    <>
      <PageHeader
        title="Quotas"
        sentence={<StateSentence tenantId={tenantId} quota={quota.data} usage={usage.data} />}
        action={
          mayEdit ? (
            <Button
              leftSection={<IconPencil size={16} />}
              onClick={() => set({ edit: chosen })}
            >{`Edit ${title}`}</Button>
          ) : (
            <Locked>
              To edit you need the role tenant admin of {tenantId}.
              <RoleHolders permission="quota:propose" tenantId={tenantId} />
            </Locked>
          )
        }
      />
      <FollowedChange mayEdit={mayEdit} />
      {usage.data?.asOf && !usage.error && isStale(usage.data.asOf, now) && (
        <StaleNote what="use" asOf={usage.data.asOf} />
      )}
      <QueryView query={usage} what={`the use of ${tenantId}`} skeleton={<MetersSkeleton />}>
        {(data) => <Meters usage={data} chosen={chosen} onChoose={(limit) => set({ limit })} />}
      </QueryView>
      <UsageChart
        key={chosen}
        tenantId={tenantId}
        limit={chosen}
        limitNow={usage.data?.meters.find((m) => m.limit === chosen)?.max ?? null}
        renderedAtMs={renderedAtMs}
      />
      <QueryView query={quota} what={`the limits of ${tenantId}`} skeleton={<SkeletonRows rows={6} />}>
        {(data) => (
          <>
            <PendingChanges quota={data} mayEdit={mayEdit} />
            {mayEdit && <EditQuota quota={data} usage={usage.data} />}
          </>
        )}
      </QueryView>
      <WhyRefused />
      <History mayEdit={mayEdit} />
      <DecidedRequests />
      {request !== null && <RequestPanel id={request} mayEdit={mayEdit} onClose={() => set({ request: null })} />}
      {quota.data && <OtherLimits quota={quota.data} mayEdit={mayEdit} refused24h={usage.data?.refused24h?.byLimit} />}
    </>
  )
}
