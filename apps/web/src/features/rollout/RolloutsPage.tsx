'use client'

import { Button, Group } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Link } from '../../components/Link.tsx'
import { Locked } from '../../components/Locked.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { RoleHolders } from '../../components/RoleHolders.tsx'
import { Section } from '../../components/Section.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { useCan } from '../../lib/me.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { FreezeNotice } from './FreezeNotice.tsx'
import { targetsEveryMs } from './planForm.ts'
import classes from './Rollout.module.css'
import {
  askHref,
  endedInput,
  imageWords,
  openInput,
  openSentence,
  type RolloutRow,
  rolloutHref,
  stateOf,
  waveWords,
} from './rollouts.ts'

/** A rollout moves by itself. */
const refetchInterval = 2_000

/** `/rollouts`: images on their way to the instances, those that are open first. */
export function RolloutsPage() {
  const trpc = useTRPC()
  const { get } = useUrlParams()
  const manages = useCan('rollout:manage')
  const open = useQuery(trpc.rollout.list.queryOptions(openInput, { refetchInterval }))
  const ended = useQuery(
    trpc.rollout.list.queryOptions(endedInput(get), { refetchInterval: 15_000, placeholderData: keepPreviousData }),
  )
  const targets = useQuery(trpc.rollout.targets.queryOptions(undefined, { refetchInterval: targetsEveryMs }))
  const missing = targets.data?.missing ?? null
  return (
    <>
      <PageHeader
        title="Rollouts"
        sentence={open.data && openSentence(open.data.items)}
        action={
          <Group gap="xs">
            <Button variant="default" component={Link} href="/rollouts/freezes">
              Freeze windows
            </Button>
            {manages && missing === null && (
              <Button component={Link} href={askHref(null)}>
                Ask for a rollout
              </Button>
            )}
          </Group>
        }
      />
      {!manages && (
        <Locked>
          To ask for rollouts and to stop them you need the role platform admin.
          <RoleHolders permission="rollout:manage" />
        </Locked>
      )}
      <FreezeNotice />
      {missing !== null && (
        <div className={classes.notices}>
          <div className={classes.notice} data-kind="warning">
            <Status kind="warning">Nothing can be rolled out</Status>
            <p>
              <Words text={missing} />
            </p>
          </div>
        </div>
      )}
      <Section title="Open">
        <QueryView query={open} what="the open rollouts" skeleton={<SkeletonRows rows={2} />}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyState title="No rollout is open">
                A rollout replaces the instances of Auto Scaling groups by those with another image, wave by wave. It
                shows here from the request until its end.
              </EmptyState>
            ) : (
              <RolloutTable label="Open rollouts" rollouts={items} urlPrefix="o" />
            )
          }
        </QueryView>
      </Section>
      <Section title="Ended">
        <QueryView query={ended} what="the ended rollouts" skeleton={<SkeletonRows rows={3} />}>
          {({ items, nextCursor }) =>
            items.length === 0 && nextCursor === null ? (
              <p className={classes.text}>
                No rollout has ended. {get('cursor') && <Link href="/rollouts">All rollouts</Link>}
              </p>
            ) : (
              <RolloutTable label="Ended rollouts" rollouts={items} nextCursor={nextCursor} />
            )
          }
        </QueryView>
      </Section>
    </>
  )
}

const first: Column<RolloutRow>[] = [
  {
    key: 'image',
    title: 'Rollout',
    cell: ({ number, image }) => `${number}: ${imageWords(image)}`,
  },
  { key: 'environment', title: 'Environment', cell: ({ environment }) => <Words text={environment} long="cut" /> },
  {
    key: 'state',
    title: 'State',
    cell: (row) => {
      const { kind, words } = stateOf(row)
      return (
        <>
          <Status kind={kind}>{words}</Status>
          <span className={text.quiet}>
            <Words text={row.words} long="cut" />
          </span>
        </>
      )
    },
    narrow: 'wide',
  },
]
const wave: Column<RolloutRow> = {
  key: 'wave',
  title: 'Wave',
  cell: (row) => <Words text={waveWords(row)} long="cut" />,
}
const asked: Column<RolloutRow> = {
  key: 'reason',
  title: 'Reason',
  cell: ({ reason, by, createdAt }) => (
    <>
      <Words text={reason} long="cut" />
      <span className={text.quiet}>
        asked by <Words text={by.name} long="cut" />, <Time at={createdAt} />
      </span>
    </>
  ),
  narrow: 'wide',
}
const ends: Column<RolloutRow> = {
  key: 'endedAt',
  title: 'Ended',
  cell: ({ endedAt }) => (endedAt === null ? '–' : <Time at={endedAt} />),
}

function RolloutTable({
  label,
  rollouts,
  nextCursor,
  urlPrefix = '',
}: {
  label: string
  rollouts: readonly RolloutRow[]
  /** Given only for those that ended. */
  nextCursor?: string | null
  urlPrefix?: string
}) {
  return (
    <DataTable
      label={label}
      columns={[...first, nextCursor === undefined ? wave : ends, asked]}
      rows={rollouts}
      rowKey={({ id }) => id}
      href={({ number }) => rolloutHref(number)}
      urlPrefix={urlPrefix}
      {...(nextCursor === undefined ? {} : { nextCursor })}
      dense
    />
  )
}
