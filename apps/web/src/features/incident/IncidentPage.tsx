'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Facts } from '../../components/Facts.tsx'
import { Link } from '../../components/Link.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { describeFault } from '../../lib/errors.ts'
import { formatInteger } from '../../lib/format.ts'
import { useCan } from '../../lib/me.tsx'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { Actions } from './Actions.tsx'
import { Harmed } from './Harmed.tsx'
import classes from './Incident.module.css'
import { State } from './IncidentsPage.tsx'
import { NoteForm } from './NoteForm.tsx'
import { ReportButton } from './ReportButton.tsx'
import { SliChart } from './SliChart.tsx'
import { Timeline } from './Timeline.tsx'
import { WhatChanged } from './WhatChanged.tsx'
import type { Detail, IncidentOfTenant } from './words.ts'

/** Each change is shown at once by `FollowChanges`. */
const refetchInterval = 60_000
/** The rules count once a minute. */
const budgets = { placeholderData: keepPreviousData, refetchInterval: 15_000, trpc: alone }

/** `/incidents/<number>`: the harm, its state and who has it, what changed before, the SLI around it, and the timeline. */
export function IncidentPage({ number }: { number: number }) {
  const trpc = useTRPC()
  const incident = useQuery(trpc.incident.get.queryOptions({ number }, { refetchInterval }))
  return (
    <>
      <Header incident={incident.data} number={number} action={incident.data && <ReportButton number={number} />} />
      {incident.error && describeFault(incident.error).notFound ? (
        <NoIncident href="/incidents" />
      ) : (
        <QueryView query={incident} what="this incident" skeleton={<SkeletonRows rows={9} />}>
          {(data) => <Whole incident={data} />}
        </QueryView>
      )}
    </>
  )
}

function Whole({ incident }: { incident: Detail }) {
  const trpc = useTRPC()
  const mayManage = useCan('incident:manage')
  const harmed = useQuery(trpc.incident.harmed.queryOptions({ number: incident.number }, budgets))
  return (
    <>
      <Facts
        facts={[
          { key: 'state', label: 'State', value: <State incident={incident} /> },
          { key: 'began', label: 'Began', value: <Time at={incident.beganAt} /> },
          {
            key: 'resolved',
            label: 'Resolved',
            value: incident.resolvedAt === null ? 'not yet' : <Time at={incident.resolvedAt} />,
          },
          {
            key: 'who',
            label: 'Who has it',
            value: incident.assignee === null ? 'nobody' : <Words text={incident.assignee} />,
          },
          { key: 'alerts', label: 'Alerts that fire', value: formatInteger(incident.alertsFiring) },
          { key: 'tenants', label: 'Tenants', value: <Tenants tenants={incident.tenants} /> },
          { key: 'episode', label: 'Times it opened', value: formatInteger(incident.episode) },
        ]}
      />
      {mayManage && incident.state !== 'resolved' && <Actions incident={incident} />}
      <div className={classes.columns}>
        <div>
          <SliChart incident={incident} />
          <Harmed slo={incident.slo} harmed={harmed} />
          <Timeline timeline={incident.timeline} />
          {mayManage && <NoteForm number={incident.number} />}
        </div>
        <WhatChanged incident={incident} />
      </div>
    </>
  )
}

const tenantsShown = 5

function Tenants({ tenants }: { tenants: readonly string[] }) {
  if (tenants.length === 0) return 'none is named'
  const more = tenants.length - tenantsShown
  return (
    <>
      {tenants.slice(0, tenantsShown).map((id, i) => (
        <span key={id}>
          {i > 0 && ', '}
          <Link href={`/t/${encodeURIComponent(id)}`}>{id}</Link>
        </span>
      ))}
      {more > 0 && ` and ${formatInteger(more)} more`}
    </>
  )
}

/** `/t/<tenant>/incidents/<number>`: what a tenant sees of an incident that harms it. */
export function TenantIncidentPage({ tenantId, number }: { tenantId: string; number: number }) {
  const trpc = useTRPC()
  const incident = useQuery(trpc.incident.getOfTenant.queryOptions({ number }, { refetchInterval }))
  const harmed = useQuery(trpc.incident.harmedOfTenant.queryOptions({ number }, budgets))
  return (
    <>
      <Header incident={incident.data} number={number} />
      {incident.error && describeFault(incident.error).notFound ? (
        <NoIncident href={`/t/${encodeURIComponent(tenantId)}/incidents`} />
      ) : (
        <QueryView query={incident} what="this incident" skeleton={<SkeletonRows rows={6} />}>
          {(data) => (
            <>
              <Facts
                facts={[
                  { key: 'state', label: 'State', value: <State incident={data} /> },
                  { key: 'began', label: 'Began', value: <Time at={data.beganAt} /> },
                  {
                    key: 'resolved',
                    label: 'Resolved',
                    value: data.resolvedAt === null ? 'not yet' : <Time at={data.resolvedAt} />,
                  },
                ]}
              />
              <Harmed slo={data.slo} harmed={harmed} />
              <Timeline timeline={data.timeline} />
            </>
          )}
        </QueryView>
      )}
    </>
  )
}

function Header({
  incident,
  number,
  action,
}: {
  incident: IncidentOfTenant | undefined
  number: number
  action?: React.ReactNode
}) {
  return (
    <PageHeader
      title={`Incident ${number}`}
      sentence={incident && <Words text={incident.title} long="whole" />}
      action={action}
    />
  )
}

const NoIncident = ({ href }: { href: string }) => (
  <EmptyState title="There is no such incident">
    Check the link: it may be incomplete. <Link href={href}>All incidents</Link>
  </EmptyState>
)
