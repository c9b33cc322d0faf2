'use client'

import { Button, NativeSelect } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '../../components/Link.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { SearchField } from '../../components/SearchField.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { useCan, useMe } from '../../lib/me.tsx'
import { isPlatformPerson } from '../../lib/permissions.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { DatabaseAway } from './DatabaseAway.tsx'
import { askAgain, listInput } from './inputs.ts'
import { RulesUsed } from './RulesState.tsx'
import classes from './Slo.module.css'
import { SloTable } from './SloTable.tsx'
import { kindWords, listSentence, type SloList, type SloRow } from './words.ts'

/** `/slos`: which budgets burn, what is left of each, and what fires. */
export function SlosPage() {
  const trpc = useTRPC()
  const { get } = useUrlParams()
  const mayManage = useCan('slo:manage')
  const list = useQuery(
    trpc.sloReads.list.queryOptions(listInput(get), {
      placeholderData: keepPreviousData,
      refetchInterval: askAgain,
      trpc: alone,
    }),
  )
  return (
    <>
      <PageHeader
        title="SLOs"
        sentence={list.data && listSentence(list.data)}
        action={
          mayManage && (
            <Button component={Link} href="/slos/new">
              New SLO
            </Button>
          )
        }
      />
      <QueryView query={list} what="SLOs" skeleton={<SkeletonRows rows={6} height={52} />}>
        {(data) => (
          <>
            <DatabaseAway away={data.databaseAway} />
            <Missing list={data} />
            <Filters slos={data.slos} />
            <Shown slos={data.slos} />
            <RulesUsed />
          </>
        )}
      </QueryView>
    </>
  )
}

function Missing({ list: { missing, asOf } }: { list: SloList }) {
  if (missing === null) return null
  return (
    <p className={classes.notice} role="status">
      <Status kind="warning">
        {missing}{' '}
        {asOf === null ? (
          'The definitions are shown without figures.'
        ) : (
          <>
            These are from <Time at={asOf} />.
          </>
        )}
      </Status>
    </p>
  )
}

function Filters({ slos }: { slos: readonly SloRow[] }) {
  const { get, set } = useUrlParams()
  const me = useMe()
  const choice = (key: 'kind' | 'owner', label: string, options: { value: string; label: string }[]) => (
    <NativeSelect
      size="xs"
      aria-label={label}
      data={[{ value: '', label }, ...options]}
      value={get(key) ?? ''}
      onChange={(event) => set({ [key]: event.currentTarget.value })}
    />
  )
  const owners = [...new Set([...slos.map(({ owner }) => owner), get('owner') ?? ''])].filter(Boolean).sort()
  return (
    <search className={classes.filters}>
      {(isPlatformPerson(me) || me.tenants.length > 1) && (
        <SearchField label="Tenant" urlKey="tenant" placeholder="Tenant id" width={170} />
      )}
      {choice(
        'kind',
        'Every kind',
        Object.entries(kindWords).map(([value, label]) => ({ value, label })),
      )}
      {choice(
        'owner',
        'Every owner',
        owners.map((owner) => ({ value: owner, label: owner })),
      )}
    </search>
  )
}

function Shown({ slos }: { slos: readonly SloRow[] }) {
  const { get } = useUrlParams()
  const [kind, owner, tenant] = [get('kind'), get('owner'), get('tenant')]
  const found = slos.filter((slo) => (!kind || slo.kind === kind) && (!owner || slo.owner === owner))
  if (found.length > 0) return <SloTable slos={found} />
  if (tenant) {
    return (
      <EmptyState title={`No SLO has data of ${tenant}`}>
        The filter takes the whole id of a tenant that you may see, and finds SLOs that have a budget for each tenant.
      </EmptyState>
    )
  }
  return <EmptyState title={kind || owner ? 'No SLO matches these filters' : 'No SLO yet'} />
}
