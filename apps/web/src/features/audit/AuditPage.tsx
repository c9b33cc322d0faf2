'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { formatInteger } from '../../lib/format.ts'
import { useZone } from '../../lib/timeZone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import classes from './Audit.module.css'
import { ChainLine } from './ChainLine.tsx'
import { type AuditEvent, EventDetail, Target } from './EventDetail.tsx'
import { ExportButton } from './ExportButton.tsx'
import { Filters } from './Filters.tsx'
import { eventsInput, readFilters } from './filters.ts'

const columns: Column<AuditEvent>[] = [
  { key: 'seq', title: '#', label: 'Number', cell: (e) => `#${formatInteger(e.seq)}` },
  { key: 'occurredAt', title: 'When', cell: (e) => <Time at={e.occurredAt} /> },
  { key: 'actor', title: 'Who', cell: (e) => <Words text={e.actorName} /> },
  { key: 'tenantId', title: 'Tenant', cell: (e) => e.tenantId ?? <span className={classes.dim}>–</span> },
  { key: 'action', title: 'Action', cell: (e) => <code className={classes.action}>{e.action}</code>, narrow: 'wide' },
  // On a phone an event is short, so that many fit; unfolded it shows its target too.
  { key: 'target', title: 'Target', cell: (e) => <Target event={e} />, narrow: 'hidden' },
  { narrow: 'wide', key: 'reason', title: 'Reason', cell: (e) => <Reason event={e} /> },
]

function Reason({ event }: { event: AuditEvent }) {
  if (event.unreadable) return <Status kind="bad">forged</Status>
  return event.reason === null ? <span className={classes.dim}>–</span> : <Words text={event.reason} />
}

/** `/audit`: who changed what, when and why, and whether the log is intact. */
export function AuditPage() {
  const trpc = useTRPC()
  const { get } = useUrlParams()
  const [zone] = useZone()
  const filters = readFilters(get, zone)
  const events = useQuery(
    trpc.audit.list.queryOptions(eventsInput(get, zone), {
      placeholderData: keepPreviousData,
      refetchInterval: 10_000,
    }),
  )
  return (
    <>
      <PageHeader title="Audit log" sentence={<ChainLine />} action={<ExportButton filters={filters} />} />
      <Filters />
      <QueryView query={events} what="the audit log" skeleton={<SkeletonRows rows={12} />}>
        {(page) =>
          page.items.length === 0 ? (
            <EmptyState title={Object.keys(filters).length > 0 ? 'No event matches these filters' : 'No event yet'}>
              The log has every change: who made it, what it changed, before, after and why. The filters for person and
              action match any part of an id, a name or an action; the one for tenant a whole id.
            </EmptyState>
          ) : (
            <DataTable
              label="Audit events"
              columns={columns}
              rows={page.items}
              rowKey={(e) => String(e.seq)}
              expand={(e) => <EventDetail event={e} />}
              nextCursor={page.nextCursor}
            />
          )
        }
      </QueryView>
    </>
  )
}
