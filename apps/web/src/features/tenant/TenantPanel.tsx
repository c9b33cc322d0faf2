'use client'

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Facts } from '../../components/Facts.tsx'
import { Link } from '../../components/Link.tsx'
import { Num } from '../../components/Num.tsx'
import { RefusedBy } from '../../components/RefusedBy.tsx'
import { SidePanel } from '../../components/SidePanel.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Term } from '../../components/Term.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { describeFault } from '../../lib/errors.ts'
import { useCan } from '../../lib/me.tsx'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { EnvelopeSummary } from './EnvelopeSummary.tsx'
import { StatusChange } from './StatusChange.tsx'
import classes from './TenantPanel.module.css'
import { TenantStatus } from './TenantStatus.tsx'

type Tenant = Outputs['tenant']['get']

/** The drawer of one tenant: its state, its envelope, suspend and resume. */
export function TenantPanel({ id, onClose }: { id: string; onClose: () => void }) {
  const trpc = useTRPC()
  const tenant = useQuery(trpc.tenant.get.queryOptions({ id }, { refetchInterval: 5_000 }))
  return (
    <SidePanel title={<Words text={tenant.data?.name ?? id} long="whole" />} onClose={onClose}>
      {tenant.error && describeFault(tenant.error).notFound ? (
        <EmptyState title={`No tenant ${id}`}>Check the link: it may be incomplete.</EmptyState>
      ) : (
        <QueryView query={tenant} what={`tenant ${id}`} skeleton={<SkeletonRows rows={12} />}>
          {(data) => <Body tenant={data} />}
        </QueryView>
      )}
    </SidePanel>
  )
}

function Body({ tenant }: { tenant: Tenant }) {
  const mayManage = useCan('tenant:manage')
  return (
    <div className={classes.panel}>
      <Facts
        facts={[
          { key: 'id', label: 'Id', value: tenant.id },
          { key: 'plan', label: 'Plan', value: <Words text={tenant.plan} /> },
          {
            key: 'status',
            label: 'Status',
            value: <TenantStatus status={tenant.status} />,
          },
          { key: 'samples', label: 'Samples', value: <Num value={tenant.samplesPerSecond} unit="samples/s" /> },
          { key: 'series', label: 'Active series', value: <Num value={tenant.activeSeries} /> },
          { key: 'refused', label: 'Refused', value: <RefusedBy {...tenant} /> },
          { key: 'created', label: 'Created', value: <Time at={tenant.createdAt} /> },
        ]}
      />
      <Link href={`/t/${tenant.id}/quotas`}>Open {tenant.id}’s quotas</Link>
      <Part title={<Term name="envelope">Envelope</Term>}>
        <EnvelopeSummary tenant={tenant} />
        {mayManage && (
          <Button
            component={Link}
            href={`/tenants/${tenant.id}/envelope`}
            mt="xs"
            size="compact-sm"
            variant="default"
          >{`Edit ${tenant.id}’s envelope`}</Button>
        )}
      </Part>
      {mayManage && (
        <Part title={tenant.status === 'active' ? 'Suspend' : 'Resume'}>
          <StatusChange key={tenant.id} tenant={tenant} />
        </Part>
      )}
      {!mayManage && <p className={classes.note}>To change a tenant you need the role platform admin.</p>}
    </div>
  )
}

const Part = ({ title, children }: { title: ReactNode; children: ReactNode }) => (
  <section>
    <h3 className={classes.heading}>{title}</h3>
    {children}
  </section>
)
