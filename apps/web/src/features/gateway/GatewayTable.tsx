'use client'

import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Num } from '../../components/Num.tsx'
import { EmptyState } from '../../components/StateView.tsx'
import { Term } from '../../components/Term.tsx'
import { Time } from '../../components/Time.tsx'
import type { Gateway } from './fleet.ts'
import { PolicyState } from './PolicyState.tsx'
import { RefusedRates } from './RefusedRates.tsx'

/** A name that must not break at its dashes. */
const word = (text: string) => <span style={{ whiteSpace: 'nowrap' }}>{text}</span>
const version = (value: number | null) => (value === null ? '–' : `v${value}`)

const columns: Column<Gateway>[] = [
  { key: 'gatewayId', title: 'Gateway', cell: (g) => word(g.gatewayId), sort: (g) => g.gatewayId },
  { key: 'ring', title: 'Ring', cell: (g) => g.ring, sort: (g) => g.ring },
  { key: 'zone', title: 'Zone', cell: (g) => word(g.zone), sort: (g) => g.zone },
  {
    key: 'desiredVersion',
    title: <Term name="desired version">Desired</Term>,
    label: 'Desired',
    cell: (g) => version(g.desiredVersion),
  },
  {
    key: 'appliedVersion',
    title: <Term name="applied version">Applied</Term>,
    label: 'Applied',
    cell: (g) => version(g.appliedVersion),
  },
  {
    key: 'policyState',
    title: 'Policy',
    cell: (g) => <PolicyState state={g.policyState} />,
    narrow: 'wide',
    sort: (g) => g.policyState.state,
  },
  {
    key: 'heartbeatAt',
    title: 'Heartbeat',
    cell: (g) => <Time at={g.heartbeatAt} />,
    sort: (g) => Date.parse(g.heartbeatAt),
  },
  {
    key: 'samplesPerSecond',
    title: 'Samples/s',
    cell: (g) => <Num value={g.samplesPerSecond} unit="" />,
    sort: (g) => g.samplesPerSecond,
    align: 'right',
  },
  {
    key: 'refused',
    title: 'Refused',
    cell: (g) => <RefusedRates refusals={g.refusals} />,
    sort: (g) => g.refusals?.samples ?? null,
    align: 'right',
  },
  {
    key: 'activeSeries',
    title: 'Active series',
    cell: (g) => <Num value={g.activeSeries} />,
    sort: (g) => g.activeSeries,
    align: 'right',
  },
  {
    key: 'cpuRatio',
    title: 'CPU',
    cell: (g) => <Num value={g.cpuRatio} style="percent" />,
    sort: (g) => g.cpuRatio,
    align: 'right',
  },
  {
    key: 'memoryBytes',
    title: 'Memory',
    cell: (g) => <Num value={g.memoryBytes} style="bytes" />,
    sort: (g) => g.memoryBytes,
    align: 'right',
  },
]

/** One row per gateway. Each row links to the gateway's page. */
export function GatewayTable({ gateways }: { gateways: readonly Gateway[] }) {
  if (gateways.length === 0) {
    return (
      <EmptyState title="No gateway yet">
        A gateway appears here with its first heartbeat on the machine port. Start one with the control plane’s address
        and a certificate of its own.
      </EmptyState>
    )
  }
  return (
    <DataTable
      label="Gateways"
      columns={columns}
      rows={gateways}
      rowKey={(g) => g.gatewayId}
      href={(g) => `/gateways/${encodeURIComponent(g.gatewayId)}`}
      findBy={(g) => `${g.gatewayId} ${g.ring} ${g.zone} ${g.policyState.state}`}
      defaultSort="gatewayId"
      dense
    />
  )
}
