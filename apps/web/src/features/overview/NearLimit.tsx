'use client'

import { useQuery } from '@tanstack/react-query'
import { limitDefinitions, nearLimitShownMax } from '@tickwatch/policy'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Num } from '../../components/Num.tsx'
import { RefusedBy } from '../../components/RefusedBy.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Words } from '../../components/Words.tsx'
import { formatPercent, plural } from '../../lib/format.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { isSilent } from '../gateway/fleet.ts'
import { useFleet } from '../gateway/useFleet.ts'
import { isRefusing } from '../quota/usage.ts'
import classes from './Overview.module.css'

type TenantUse = Outputs['usage']['nearLimit'][number]

const columns: Column<TenantUse>[] = [
  { key: 'tenant', title: 'Tenant', cell: (row) => <Words text={row.name} long="cut" />, sort: (row) => row.name },
  { key: 'limit', title: 'Limit', cell: (row) => limitDefinitions[row.limit].title },
  {
    key: 'ratio',
    title: 'Use',
    align: 'right',
    sort: (row) => row.ratio,
    cell: (row) => (
      <>
        {formatPercent(row.ratio)} of <Num value={row.max} unit={limitDefinitions[row.limit].unit} />
      </>
    ),
  },
  {
    key: 'refused',
    title: 'Refused',
    align: 'right',
    sort: (row) => row.refusedByReason[0]?.samplesPerSecond ?? 0,
    cell: (row) => (isRefusing(row) ? <RefusedBy {...row} /> : <Status kind="quiet">nothing</Status>),
  },
]

/** Tenants that are refused something, and those that are near a limit. */
export function NearLimit() {
  const trpc = useTRPC()
  const near = useQuery(trpc.usage.nearLimit.queryOptions(undefined, { refetchInterval: 10_000 }))
  const fleet = useFleet()
  return (
    <Section title="Near a limit or refused" {...(near.data ? { sentence: nearSentence(near.data) } : {})}>
      <QueryView query={near} what="tenants near a limit" skeleton={<SkeletonRows rows={3} />}>
        {(rows) =>
          rows.length === 0 ? (
            <p className={classes.sentence}>
              {fleet.data && isSilent(fleet.data) ? (
                <Status kind="warning">Unknown: no gateway reports.</Status>
              ) : (
                <Status kind="good">No tenant is near a limit, and nothing is refused.</Status>
              )}
            </p>
          ) : (
            <DataTable
              label="Tenants near a limit"
              columns={columns}
              rows={rows}
              rowKey={(row) => `${row.tenantId} ${row.limit}`}
              href={(row) => `/t/${row.tenantId}/quotas?limit=${row.limit}`}
              urlPrefix="near-"
            />
          )
        }
      </QueryView>
    </Section>
  )
}

function nearSentence(rows: readonly TenantUse[]): string | undefined {
  if (rows.length === 0) return undefined
  if (rows.length >= nearLimitShownMax)
    return `The first ${rows.length}: those that are refused, then those with the highest use.`
  const refused = rows.filter(isRefusing).length
  const others = rows.length - refused
  if (refused === 0) return `${plural(others, 'tenant')} near a limit; nothing is refused.`
  const near = others === 0 ? '' : `; ${plural(others, 'other')} near a limit`
  return `${plural(refused, 'tenant')} ${refused === 1 ? 'is' : 'are'} being refused${near}.`
}
