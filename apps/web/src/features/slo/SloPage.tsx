'use client'

import { Button } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Link } from '../../components/Link.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { describeFault } from '../../lib/errors.ts'
import { useCan } from '../../lib/me.tsx'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { Alerts } from './Alerts.tsx'
import { Causes } from './Causes.tsx'
import { DatabaseAway } from './DatabaseAway.tsx'
import { Groups } from './Groups.tsx'
import { askAgain, sloInput } from './inputs.ts'
import { Rules } from './Rules.tsx'
import classes from './Slo.module.css'
import { SloCharts } from './SloCharts.tsx'
import { SloFacts } from './SloFacts.tsx'
import { WhatIf } from './WhatIf.tsx'
import { groupWords, type SloView, sloSentence } from './words.ts'

/** `/slos/<id>`: whether an SLO is kept, how its budget burns, what its alerts did and would do, and its rules. */
export function SloPage({ sloId, renderedAtMs }: { sloId: string; renderedAtMs: number }) {
  const trpc = useTRPC()
  const { get } = useUrlParams()
  const mayManage = useCan('slo:manage')
  const input = sloInput(sloId, get)
  const slo = useQuery(
    trpc.sloReads.get.queryOptions(input, {
      placeholderData: keepPreviousData,
      refetchInterval: askAgain,
      trpc: alone,
    }),
  )
  if (slo.error && describeFault(slo.error).notFound) {
    return (
      <>
        <PageHeader title={sloId} />
        <EmptyState title={input.group === null ? `No SLO ${sloId}` : 'No such group'}>
          It does not exist, or you may not see it. <Link href="/slos">All SLOs</Link>
        </EmptyState>
      </>
    )
  }
  // The sections of another group must not stay open with what was typed for this one.
  const key = `${sloId} ${input.group}`
  return (
    <>
      <PageHeader
        title={slo.data ? <Title slo={slo.data} /> : sloId}
        sentence={slo.data && sloSentence(slo.data)}
        action={
          mayManage && (
            <Button component={Link} href={`/slos/${encodeURIComponent(sloId)}/edit`}>
              Edit
            </Button>
          )
        }
      />
      <QueryView query={slo} what="this SLO" skeleton={<SkeletonRows rows={10} />}>
        {(data) => (
          <div key={key}>
            <DatabaseAway away={data.databaseAway} />
            <Missing slo={data} />
            <InMaintenance slo={data} />
            <SloFacts slo={data} />
            <SloCharts slo={data} group={input.group} renderedAtMs={renderedAtMs} />
            <Alerts slo={data} group={input.group} renderedAtMs={renderedAtMs} />
            <Groups slo={data} shown={input.group} />
            {(data.definition.groupBy.length === 0 || data.urgentGroups.length > 0) && (
              <WhatIf slo={data} group={input.group} />
            )}
            <Causes slo={data} group={input.group} />
            <Rules slo={data} />
          </div>
        )}
      </QueryView>
    </>
  )
}

function Title({ slo: { definition, of } }: { slo: SloView }) {
  return (
    <>
      <Words text={definition.title} long="cut" />
      {of && (
        <>
          : <Words text={groupWords(of.labels)} long="cut" />
        </>
      )}
    </>
  )
}

function Missing({ slo: { missing, asOf } }: { slo: SloView }) {
  if (missing === null) return null
  return (
    <p className={classes.notice} role="status">
      <Status kind="warning">
        {missing}{' '}
        {asOf !== null && (
          <>
            These are from <Time at={asOf} />.
          </>
        )}
      </Status>
    </p>
  )
}

function InMaintenance({ slo: { maintenanceUntil } }: { slo: SloView }) {
  if (maintenanceUntil === null) return null
  return (
    <p className={classes.notice} role="status">
      <Status kind="info">
        In maintenance until <Time at={maintenanceUntil} exact />: what happens now does not count for the budget.
        Alerts still fire. <Link href="/maintenance">Maintenance windows</Link>
      </Status>
    </p>
  )
}
