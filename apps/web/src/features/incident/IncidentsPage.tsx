'use client'

import { Tabs } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { IntakeNotice } from './IntakeNotice.tsx'
import { incidentsInput, showOf, shows } from './inputs.ts'
import { type Incident, type IncidentOfTenant, openSentence, stateWords } from './words.ts'

/** Each change is shown at once by `FollowChanges`. */
const followed = { placeholderData: keepPreviousData, refetchInterval: 60_000 }

const common: Column<IncidentOfTenant>[] = [
  { key: 'title', title: 'What', cell: (i) => <Words text={i.title} long="cut" />, narrow: 'wide' },
  { key: 'state', title: 'State', cell: (i) => <State incident={i} />, oneLine: true, narrow: 'wide' },
  { key: 'beganAt', title: 'Since', cell: (i) => <Time at={i.beganAt} />, oneLine: true },
]
const columns: Column<Incident>[] = [
  ...common,
  {
    key: 'assignee',
    title: 'Who has it',
    cell: (i) => (i.assignee === null ? 'nobody' : <Words text={i.assignee} long="cut" />),
  },
  {
    ...{ key: 'suspect', title: 'First suspect', narrow: 'wide' },
    cell: (i) => (i.suspect ? <Words text={i.suspect.change} /> : 'no change is known'),
  },
]

export function State({ incident }: { incident: Pick<IncidentOfTenant, 'state' | 'blind' | 'severity'> }) {
  const { kind, text } = stateWords(incident)
  return <Status kind={kind}>{text}</Status>
}

/** `/incidents`: what is harmed now, since when, who has it, and which change is suspected. */
export function IncidentsPage() {
  const trpc = useTRPC()
  const { get } = useUrlParams()
  const incidents = useQuery(trpc.incident.list.queryOptions(incidentsInput(get), followed))
  return (
    <Listed page={incidents.data}>
      <IntakeNotice />
      <QueryView query={incidents} what="incidents" skeleton={<SkeletonRows rows={6} />}>
        {(page) => (
          <IncidentTable
            rows={page.items}
            columns={columns}
            nextCursor={page.nextCursor}
            hrefOf={(n) => `/incidents/${n}`}
          />
        )}
      </QueryView>
    </Listed>
  )
}

/** `/t/<tenant>/incidents`: the incidents that harm a tenant. */
export function TenantIncidentsPage({ tenantId }: { tenantId: string }) {
  const trpc = useTRPC()
  const { get } = useUrlParams()
  const incidents = useQuery(trpc.incident.listOfTenant.queryOptions(incidentsInput(get), followed))
  return (
    <Listed page={incidents.data}>
      <QueryView query={incidents} what="incidents" skeleton={<SkeletonRows rows={6} />}>
        {(page) => (
          <IncidentTable
            rows={page.items}
            columns={common}
            nextCursor={page.nextCursor}
            hrefOf={(number) => `/t/${encodeURIComponent(tenantId)}/incidents/${number}`}
          />
        )}
      </QueryView>
    </Listed>
  )
}

function Listed({
  page,
  children,
}: {
  page: { items: IncidentOfTenant[]; nextCursor: string | null } | undefined
  children: ReactNode
}) {
  const { get, set } = useUrlParams()
  const show = showOf(get)
  const isFirst = get('cursor') === null
  return (
    <>
      <PageHeader
        title="Incidents"
        sentence={page && show === 'open' && isFirst && openSentence(page.items, page.nextCursor !== null)}
      />
      <Tabs
        value={show}
        onChange={(value) => set({ show: value === 'open' ? null : value, cursor: null })}
        keepMounted={false}
      >
        <Tabs.List mb="sm">
          {shows.map((each) => (
            <Tabs.Tab key={each} value={each}>
              {each === 'open' ? 'Open' : 'Resolved'}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={show}>{children}</Tabs.Panel>
      </Tabs>
    </>
  )
}

function IncidentTable<T extends IncidentOfTenant>({
  rows,
  columns: shown,
  nextCursor,
  hrefOf,
}: {
  rows: readonly T[]
  columns: readonly Column<T>[]
  nextCursor: string | null
  hrefOf: (number: number) => string
}) {
  const { get } = useUrlParams()
  if (rows.length === 0) {
    return showOf(get) === 'open' ? (
      <EmptyState title="No incident is open">
        An incident opens when an alert fires, and resolves when its alerts ended and, if they are of an SLO, there is
        data since then.
      </EmptyState>
    ) : (
      <EmptyState title="No incident was resolved yet">Each that is resolved stays here, with its timeline.</EmptyState>
    )
  }
  return (
    <DataTable
      label="Incidents"
      columns={shown}
      rows={rows}
      rowKey={({ number }) => String(number)}
      href={({ number }) => hrefOf(number)}
      nextCursor={nextCursor}
    />
  )
}
