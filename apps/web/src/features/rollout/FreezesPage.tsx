'use client'

import { Button } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { EndedBy, endColumn, Quiet, spanColumns, windowStates } from '../../components/endedEarly.tsx'
import { Link } from '../../components/Link.tsx'
import { Locked } from '../../components/Locked.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { RoleHolders } from '../../components/RoleHolders.tsx'
import { Section } from '../../components/Section.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { useCan } from '../../lib/me.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { environmentWords, type Freeze, freezeSentence, freezesInput } from './freezes.ts'
import classes from './Rollout.module.css'

// The drawer and the dialog load their code when they are first opened.
const PlanFreeze = dynamic(() => import('./PlanFreeze.tsx').then((m) => m.PlanFreeze), { ssr: false })
const EndFreeze = dynamic(() => import('./EndFreeze.tsx').then((m) => m.EndFreeze), { ssr: false })

/** `/rollouts/freezes`: the times in which no wave of a rollout starts. */
export function FreezesPage() {
  const trpc = useTRPC()
  const { get, set } = useUrlParams()
  const manages = useCan('rollout:manage')
  const [ending, setEnding] = useState<Freeze | null>(null)
  const current = useQuery(trpc.freezeWindow.current.queryOptions(undefined, { refetchInterval: 15_000 }))
  const all = useQuery(
    trpc.freezeWindow.list.queryOptions(freezesInput(get), {
      refetchInterval: 15_000,
      placeholderData: keepPreviousData,
    }),
  )
  return (
    <>
      <PageHeader
        title="Freeze windows"
        sentence={current.data && freezeSentence(current.data)}
        action={
          manages ? (
            <Button onClick={() => set({ new: '1' })}>Plan a freeze</Button>
          ) : (
            <Locked>
              To plan and end freeze windows you need the role platform admin.
              <RoleHolders permission="rollout:manage" />
            </Locked>
          )
        }
      />
      <p className={classes.prose}>
        In a freeze window no wave of a rollout starts in its environments. A wave that is under way goes on, and
        rolling back is always possible. A window holds from its beginning on; nobody approves it.{' '}
        <Link href="/rollouts">All rollouts</Link>
      </p>
      <Section title="Now and coming">
        <QueryView query={current} what="the freeze windows" skeleton={<SkeletonRows rows={2} />}>
          {(freezes) =>
            freezes.length === 0 ? (
              <EmptyState title="No window holds or is planned">
                Plan one for a launch, or for the days on which nobody could look after a rollout.
              </EmptyState>
            ) : (
              <FreezeTable label="Freeze windows now and coming" freezes={freezes} onEnd={manages ? setEnding : null} />
            )
          }
        </QueryView>
      </Section>
      <Section title="Past">
        <QueryView query={all} what="past freeze windows" skeleton={<SkeletonRows rows={3} />}>
          {({ items, nextCursor }) => {
            const past = items.filter(({ state }) => state !== 'holds' && state !== 'coming')
            return past.length === 0 && nextCursor === null ? (
              <p className={classes.text}>
                No window is over. {get('cursor') && <Link href="/rollouts/freezes">All windows</Link>}
              </p>
            ) : (
              <FreezeTable label="Past freeze windows" freezes={past} nextCursor={nextCursor} />
            )
          }}
        </QueryView>
      </Section>
      {ending && <EndFreeze freeze={ending} onClose={() => setEnding(null)} />}
      {manages && get('new') && <PlanFreeze onClose={() => set({ new: null })} />}
    </>
  )
}

function FreezeTable({
  label,
  freezes,
  onEnd = null,
  nextCursor,
}: {
  label: string
  freezes: readonly Freeze[]
  /** Null if the person can end none of them. */
  onEnd?: ((freeze: Freeze) => void) | null
  nextCursor?: string | null
}) {
  const columns: Column<Freeze>[] = [
    { key: 'environments', title: 'Of', cell: (row) => <Words text={environmentWords(row)} long="cut" /> },
    {
      key: 'state',
      title: 'State',
      cell: ({ state }) => <Status kind={windowStates[state].kind}>{windowStates[state].words}</Status>,
    },
    ...spanColumns,
    {
      key: 'reason',
      title: 'Reason',
      cell: ({ reason, by, createdAt, ended }) => (
        <>
          <Words text={reason} />
          <Quiet>
            planned by <Words text={by.name} long="cut" />, <Time at={createdAt} />
          </Quiet>
          <EndedBy ended={ended} />
        </>
      ),
      narrow: 'wide',
    },
    ...(onEnd ? [endColumn((row: Freeze) => `the freeze of ${environmentWords(row)}`, onEnd)] : []),
  ]
  return (
    <DataTable
      label={label}
      columns={columns}
      rows={freezes}
      rowKey={({ id }) => id}
      {...(nextCursor === undefined ? {} : { nextCursor })}
    />
  )
}
