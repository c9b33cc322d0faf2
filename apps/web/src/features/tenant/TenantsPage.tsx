'use client'

import { Button, Group, SegmentedControl } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { limitDefinitions } from '@tickwatch/policy'
import dynamic from 'next/dynamic'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Num } from '../../components/Num.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { RefusedBy } from '../../components/RefusedBy.tsx'
import { SearchField } from '../../components/SearchField.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { formatPercent } from '../../lib/format.ts'
import { useCan } from '../../lib/me.tsx'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { useUrlChoice, useUrlParams } from '../../lib/urlState.ts'
import { statuses, tenantListInput } from './listInput.ts'
import { TenantStatus } from './TenantStatus.tsx'
import { tenantsSentence } from './tenantUse.ts'

type Tenant = Outputs['tenant']['list']['items'][number]

// The drawers load their code when they are first opened.
const TenantPanel = dynamic(() => import('./TenantPanel.tsx').then((module) => module.TenantPanel), { ssr: false })
const CreateTenant = dynamic(() => import('./CreateTenant.tsx').then((module) => module.CreateTenant), { ssr: false })

const columns: Column<Tenant>[] = [
  { key: 'id', title: 'Tenant', cell: (t) => t.id, sort: 'server' },
  { key: 'name', title: 'Name', cell: (t) => <Words text={t.name} />, sort: 'server', narrow: 'wide' },
  { key: 'plan', title: 'Plan', cell: (t) => <Words text={t.plan} />, narrow: 'hidden' },
  { key: 'status', title: 'Status', cell: (t) => <TenantStatus status={t.status} /> },
  {
    key: 'samplesPerSecond',
    title: 'Samples/s',
    cell: (t) => <Num value={t.samplesPerSecond} />,
    sort: 'server',
    align: 'right',
  },
  {
    key: 'samplesLeft',
    title: 'Samples/s left',
    cell: (t) => <Left used={t.samplesPerSecond} max={t.resolved['ingest.samplesPerSecond']} />,
    align: 'right',
  },
  { key: 'activeSeries', title: 'Active series', cell: (t) => <Num value={t.activeSeries} />, align: 'right' },
  {
    key: 'seriesLeft',
    title: 'Series left',
    cell: (t) => <Left used={t.activeSeries} max={t.resolved['series.activeMax']} />,
    align: 'right',
  },
  { key: 'refused', title: 'Refused now', cell: (t) => <RefusedBy {...t} />, align: 'right' },
  {
    key: 'usedRatio',
    title: 'Most used limit',
    cell: ({ mostUsed }) =>
      mostUsed ? (
        `${formatPercent(mostUsed.usedRatio)} of ${limitDefinitions[mostUsed.limit].title.toLowerCase()}`
      ) : (
        <Num value={null} />
      ),
    sort: 'server',
    align: 'right',
    narrow: 'wide',
  },
  {
    key: 'createdAt',
    title: 'Created',
    cell: (t) => <Time at={t.createdAt} />,
    sort: 'server',
    align: 'right',
    narrow: 'hidden',
  },
]

/** What is left of a limit: `1.35 k of 2,000`. */
const Left = ({ used, max }: { used: number | null; max: number }) => (
  <>
    <Num value={used === null ? null : Math.max(0, max - used)} /> of <Num value={max} style="integer" />
  </>
)

/** `/tenants`: all tenants, how much they write, and the drawer that manages one. */
export function TenantsPage() {
  const trpc = useTRPC()
  const { get, set } = useUrlParams()
  const [status] = useUrlChoice('status', statuses)
  const mayManage = useCan('tenant:manage')
  const search = get('search') ?? ''
  const tenants = useQuery(
    trpc.tenant.list.queryOptions(tenantListInput(get), {
      placeholderData: keepPreviousData,
      refetchInterval: 10_000,
    }),
  )
  const close = () => set({ tenant: null, new: null })
  const opened = get('tenant')
  return (
    <>
      <PageHeader
        title="Tenants"
        sentence={tenants.data && tenantsSentence(tenants.data.items)}
        action={mayManage && <Button onClick={() => set({ new: '1' })}>Create a tenant</Button>}
      />
      <Group gap="xs" mb="sm">
        <SearchField label="Search tenants" placeholder="Id or name" />
        <SegmentedControl
          size="xs"
          aria-label="Status"
          data={[
            { value: 'all', label: 'All' },
            { value: 'active', label: 'Active' },
            { value: 'suspended', label: 'Suspended' },
          ]}
          value={status}
          onChange={(value) => set({ status: value === 'all' ? null : value, cursor: null })}
        />
      </Group>
      <QueryView query={tenants} what="tenants" skeleton={<SkeletonRows rows={8} />}>
        {(page) =>
          page.items.length === 0 ? (
            <EmptyState
              title={search || status !== 'all' ? 'No tenant matches these filters' : 'No tenant yet'}
              action={
                (search || status !== 'all') && (
                  <Button
                    size="compact-sm"
                    variant="default"
                    onClick={() => set({ search: null, status: null, cursor: null })}
                  >
                    Show all tenants
                  </Button>
                )
              }
            >
              A tenant is a game, a studio or a team that writes metrics. Its id is in its certificates.
            </EmptyState>
          ) : (
            <DataTable
              label="Tenants"
              columns={columns}
              rows={page.items}
              rowKey={(t) => t.id}
              onOpen={(t) => set({ tenant: t.id })}
              defaultSort="id"
              nextCursor={page.nextCursor}
              dense
            />
          )
        }
      </QueryView>
      {opened && <TenantPanel key={opened} id={opened} onClose={close} />}
      {get('new') && mayManage && <CreateTenant onClose={close} onCreated={(id) => set({ new: null, tenant: id })} />}
    </>
  )
}
