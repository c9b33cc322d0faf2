'use client'

import { Button } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Quiet } from '../../components/endedEarly.tsx'
import { Link } from '../../components/Link.tsx'
import { Locked } from '../../components/Locked.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { RoleHolders } from '../../components/RoleHolders.tsx'
import { Section } from '../../components/Section.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { useCan, useMe } from '../../lib/me.tsx'
import { isPlatformPerson } from '../../lib/permissions.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import classes from './Maintenance.module.css'
import { MaintenanceTable } from './MaintenanceTable.tsx'
import { aboutWords, currentSentence, type Maintenance, pastInput } from './maintenance.ts'

// The drawer and the dialog load their code when they are first opened.
const PlanMaintenance = dynamic(() => import('./PlanMaintenance.tsx').then((m) => m.PlanMaintenance), { ssr: false })
const EndMaintenance = dynamic(() => import('./EndMaintenance.tsx').then((m) => m.EndMaintenance), { ssr: false })

/** `/maintenance`: the windows in which nothing counts against the budgets of SLOs. */
export function MaintenancePage() {
  const trpc = useTRPC()
  const { get, set } = useUrlParams()
  const mayPlan = useCan('slo:manage')
  const seesAll = isPlatformPerson(useMe())
  const [ending, setEnding] = useState<Maintenance | null>(null)
  const current = useQuery(trpc.maintenance.current.queryOptions(undefined, { refetchInterval: 5_000 }))
  const past = useQuery(
    trpc.maintenance.past.queryOptions(pastInput(get), { refetchInterval: 15_000, placeholderData: keepPreviousData }),
  )
  return (
    <>
      <PageHeader
        title="Maintenance windows"
        sentence={current.data && currentSentence(current.data, seesAll)}
        action={
          mayPlan ? (
            <Button onClick={() => set({ new: '1' })}>Plan a window</Button>
          ) : (
            <Locked>
              To plan and end windows you need the role platform admin.
              <RoleHolders permission="slo:manage" />
            </Locked>
          )
        }
      />
      <p className={classes.prose}>
        What happens in a window, good or bad, does not count for the budgets of its SLOs, their burn in the last hour,
        or what a what-if leaves. Charts show it, and mark the window. Alerts do not know windows: they fire, page and
        open tickets as at any other time. A second person must approve each window, at most an hour after it began.
      </p>
      <QueryView query={current} what="the maintenance windows" skeleton={<SkeletonRows rows={4} />}>
        {(data) => (
          <>
            <Section title="Now and coming">
              {data.windows.length === 0 ? (
                <EmptyState title={`No window ${seesAll ? '' : 'that you may see '}holds or is planned`} />
              ) : (
                <MaintenanceTable
                  label="Windows now and coming"
                  windows={data.windows}
                  onEnd={mayPlan ? setEnding : null}
                />
              )}
            </Section>
            {data.requests.length > 0 && (
              <Section title="Waiting for an approval">
                <DataTable
                  label="Windows that wait for an approval"
                  columns={requestColumns}
                  rows={data.requests}
                  rowKey={({ id }) => id}
                  href={({ id }) => `/approvals/${id}`}
                />
              </Section>
            )}
          </>
        )}
      </QueryView>
      <Section title="Past">
        <QueryView query={past} what="past windows" skeleton={<SkeletonRows rows={3} />}>
          {({ items, nextCursor }) =>
            items.length === 0 && nextCursor === null ? (
              <p className={classes.text}>
                {seesAll ? 'No window is over.' : 'No window that you may see is over.'}{' '}
                {get('cursor') && <Link href="/maintenance">All windows</Link>}
              </p>
            ) : (
              <MaintenanceTable label="Past windows" windows={items} nextCursor={nextCursor} />
            )
          }
        </QueryView>
      </Section>
      {ending && <EndMaintenance window={ending} onClose={() => setEnding(null)} />}
      {mayPlan && get('new') && (
        <PlanMaintenance sloId={get('slo') ?? ''} onClose={() => set({ new: null, slo: null })} />
      )}
    </>
  )
}

type Request = Outputs['maintenance']['current']['requests'][number]

const requestColumns: Column<Request>[] = [
  { key: 'about', title: 'Of', cell: (row) => <Words text={aboutWords(row)} long="cut" /> },
  { key: 'startsAt', title: 'From', cell: ({ startsAt }) => <Time at={startsAt} exact />, narrow: 'wide' },
  { key: 'endsAt', title: 'Until', cell: ({ endsAt }) => <Time at={endsAt} exact />, narrow: 'wide' },
  {
    key: 'reason',
    title: 'Reason',
    cell: ({ reason, by, createdAt }) => (
      <>
        <Words text={reason} />
        <Quiet>
          asked by <Words text={by.name} long="cut" />, <Time at={createdAt} />
        </Quiet>
      </>
    ),
    narrow: 'wide',
  },
]
