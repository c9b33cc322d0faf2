'use client'

import { useQuery } from '@tanstack/react-query'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Facts } from '../../components/Facts.tsx'
import { Id } from '../../components/Id.tsx'
import { Link } from '../../components/Link.tsx'
import { Num } from '../../components/Num.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { Section } from '../../components/Section.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Term } from '../../components/Term.tsx'
import { Time } from '../../components/Time.tsx'
import { describeFault } from '../../lib/errors.ts'
import { formatDuration } from '../../lib/format.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { GatewayStarts } from './GatewayStarts.tsx'
import { PolicyState } from './PolicyState.tsx'
import { RefusedRates } from './RefusedRates.tsx'
import { TrafficChart } from './TrafficChart.tsx'
import { endWords } from './traffic.ts'

type Detail = Outputs['gateway']['get']
type Attestation = Detail['attestations'][number]
type ServedTenant = Detail['tenants'][number]

/** A gateway sends a heartbeat every second, so polling more often shows nothing new. */
const pollMs = 1_000

/** `/gateways/<id>`: a gateway’s traffic, what it enforces and enforced before, the tenants it serves, and its starts. */
export function GatewayPage({ gatewayId, renderedAtMs }: { gatewayId: string; renderedAtMs: number }) {
  const trpc = useTRPC()
  const gateway = useQuery(trpc.gateway.get.queryOptions({ gatewayId }, { refetchInterval: pollMs }))
  return (
    <>
      <PageHeader title={gatewayId} sentence={gateway.data && <Sentence gateway={gateway.data} />} />
      {gateway.error && describeFault(gateway.error).notFound ? (
        <EmptyState title={`No gateway ${gatewayId}`}>
          No gateway with this id has reported. <Link href="/gateways">All gateways</Link>
        </EmptyState>
      ) : (
        <QueryView query={gateway} what={gatewayId} skeleton={<SkeletonRows rows={8} />}>
          {(data) => (
            <>
              <Figures gateway={data} />
              <TrafficChart key={gatewayId} gatewayId={gatewayId} renderedAtMs={renderedAtMs} />
              <Attestations attestations={data.attestations} />
              <Served gateway={data} />
              {data.starts.length > 0 && <GatewayStarts starts={data.starts} />}
            </>
          )}
        </QueryView>
      )}
    </>
  )
}

function Sentence({ gateway }: { gateway: Detail }) {
  return (
    <>
      <Term name="ring">{gateway.ring}</Term> in {gateway.zone}, software {gateway.softwareVersion}, started{' '}
      <Time at={gateway.startedAt} />, last <Term name="heartbeat" /> <Time at={gateway.heartbeatAt} />
    </>
  )
}

function Figures({ gateway }: { gateway: Detail }) {
  const version = (value: number | null) => (value === null ? 'none' : `v${value}`)
  return (
    <Facts
      facts={[
        {
          key: 'policy',
          label: 'Policy',
          value: gateway.end ? <End end={gateway.end} /> : <PolicyState state={gateway.policyState} />,
        },
        {
          key: 'desired',
          label: <Term name="desired version">Desired version</Term>,
          value: version(gateway.desiredVersion),
        },
        {
          key: 'applied',
          label: <Term name="applied version">Applied version</Term>,
          value: version(gateway.appliedVersion),
        },
        { key: 'samples', label: 'Samples', value: <Num value={gateway.samplesPerSecond} unit="samples/s" /> },
        {
          key: 'refused',
          label: <Term name="refused">Refused</Term>,
          value: <RefusedRates refusals={gateway.refusals} />,
        },
        { key: 'requests', label: 'Requests', value: <Num value={gateway.requestsPerSecond} unit="requests/s" /> },
        {
          key: 'series',
          label: <Term name="active series">Active series</Term>,
          value: <Num value={gateway.activeSeries} />,
        },
        { key: 'cpu', label: 'CPU, of one core', value: <Num value={gateway.cpuRatio} style="percent" /> },
        { key: 'memory', label: 'Memory', value: <Num value={gateway.memoryBytes} style="bytes" /> },
      ]}
    />
  )
}

/** Why it is in no list any more. */
const End = ({ end: { how, at } }: { end: NonNullable<Detail['end']> }) => (
  <Status kind="quiet">
    {how === 'drained' ? endWords.left : 'ended: Auto Scaling no longer runs its instance, seen'} <Time at={at} />
  </Status>
)

const attestationColumns: Column<Attestation>[] = [
  { key: 'version', title: 'Version', cell: (a) => `v${a.version}`, sort: (a) => a.version },
  { key: 'appliedAt', title: 'Applied', cell: (a) => <Time at={a.appliedAt} />, sort: (a) => Date.parse(a.appliedAt) },
  { key: 'sha256', title: 'SHA-256', cell: (a) => <Id value={a.sha256} keep={12} label="SHA-256" /> },
  {
    key: 'enforcedMs',
    title: 'After the change was saved',
    cell: (a) => (a.enforcedMs === null ? '–' : formatDuration(a.enforcedMs)),
    sort: (a) => a.enforcedMs,
    align: 'right',
  },
]

function Attestations({ attestations }: { attestations: readonly Attestation[] }) {
  return (
    <Section
      title="Policies it enforced"
      sentence={
        <>
          What it <Term name="attested" />, newest first.
        </>
      }
    >
      {attestations.length === 0 ? (
        <EmptyState title="Nothing attested yet">
          A gateway attests a policy in the first heartbeat after applying it.
        </EmptyState>
      ) : (
        <DataTable
          label="Policies it enforced"
          columns={attestationColumns}
          rows={attestations}
          rowKey={(a) => `${a.version} ${a.sha256}`}
          defaultSort="-version"
          urlPrefix="a"
        />
      )}
    </Section>
  )
}

const servedColumns: Column<ServedTenant>[] = [
  { key: 'tenantId', title: 'Tenant', cell: (t) => t.tenantId, sort: (t) => t.tenantId },
  {
    key: 'samplesPerSecond',
    title: 'Samples/s',
    cell: (t) => <Num value={t.samplesPerSecond} />,
    sort: (t) => t.samplesPerSecond,
    align: 'right',
  },
  {
    key: 'refused',
    title: 'Refused',
    cell: (t) => <RefusedRates refusals={t.refusals} />,
    sort: (t) => t.refusals.samples,
    align: 'right',
  },
  {
    key: 'activeSeries',
    title: 'Active series',
    cell: (t) => <Num value={t.activeSeries} />,
    sort: (t) => t.activeSeries,
    align: 'right',
  },
]

function Served({ gateway: { tenants, samplesPerSecond, heartbeatAt, end } }: { gateway: Detail }) {
  // If it is not live, it has no figures.
  const live = samplesPerSecond !== null
  const sentence = live ? (
    'Seen in the last 30 s.'
  ) : (
    <>
      Seen in the 30 s before its last heartbeat, <Time at={heartbeatAt} />.
      {end === null && ' What it serves now is unknown.'}
    </>
  )
  return (
    <Section title={live ? 'Tenants it serves' : 'Tenants it served'} sentence={sentence}>
      {tenants.length === 0 ? (
        <EmptyState title="No traffic">
          No tenant wrote through this gateway in {live ? 'the last 30 s' : 'the 30 s before its last heartbeat'}.
        </EmptyState>
      ) : (
        <DataTable
          label={live ? 'Tenants it serves' : 'Tenants it served'}
          columns={servedColumns}
          rows={tenants}
          rowKey={(t) => t.tenantId}
          href={(t) => `/t/${encodeURIComponent(t.tenantId)}/quotas`}
          findBy={(t) => t.tenantId}
          defaultSort="-samplesPerSecond"
          urlPrefix="t"
        />
      )}
    </Section>
  )
}
