'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Facts } from '../../components/Facts.tsx'
import { Link } from '../../components/Link.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { describeFault } from '../../lib/errors.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { JudgeSection } from './JudgeSection.tsx'
import { PlanSection } from './PlanSection.tsx'
import classes from './Rollout.module.css'
import { RolloutActions } from './RolloutActions.tsx'
import { RolloutApprovals } from './RolloutApprovals.tsx'
import { RolloutEvents } from './RolloutEvents.tsx'
import { eventsInput, imageWords, isOver, noticesOf, type Rollout, stateOf } from './rollouts.ts'
import { useFollowed } from './useFollowed.ts'
import { Waves } from './Waves.tsx'

/** The stream says what changed. Nothing has changed when Auto Scaling was read again, but how old that is. */
const ageEveryMs = 10_000

/** `/rollouts/<number>`: where a rollout stands, its waves instance by instance, what the judge says, and who decided what. */
export function RolloutPage({ number }: { number: number }) {
  const trpc = useTRPC()
  const { get } = useUrlParams()
  const { pollMs } = useFollowed(number)
  const rollout = useQuery(
    trpc.rollout.get.queryOptions(
      { number },
      { refetchInterval: ({ state: { data } }) => pollMs || (data && !isOver(data) && ageEveryMs) || false },
    ),
  )
  const events = useQuery(
    trpc.rollout.events.queryOptions(eventsInput(number, get), {
      refetchInterval: pollMs,
      placeholderData: keepPreviousData,
    }),
  )
  if (rollout.error && describeFault(rollout.error).notFound) {
    return (
      <>
        <PageHeader title={`Rollout ${number}`} />
        <EmptyState title="There is no such rollout">
          Check the link: it may be incomplete. <Link href="/rollouts">All rollouts</Link>
        </EmptyState>
      </>
    )
  }
  return (
    <>
      <PageHeader
        title={rollout.data ? `Rollout ${number}: ${imageWords(rollout.data.image)}` : `Rollout ${number}`}
        sentence={rollout.data && <Sentence rollout={rollout.data} />}
        action={rollout.data && <RolloutActions rollout={rollout.data} />}
      />
      <QueryView query={rollout} what="this rollout" skeleton={<SkeletonRows rows={9} />}>
        {(data) => (
          <>
            <Notices rollout={data} />
            <RolloutFacts rollout={data} />
            <Waves rollout={data} />
            <JudgeSection rollout={data} pollMs={pollMs} />
            <RolloutApprovals rollout={data} />
            <RolloutEvents events={events} />
            <PlanSection rollout={data} />
          </>
        )}
      </QueryView>
    </>
  )
}

function Sentence({ rollout }: { rollout: Rollout }) {
  return (
    <Status kind={stateOf(rollout).kind}>
      <Words text={rollout.words} />
    </Status>
  )
}

function Notices({ rollout }: { rollout: Rollout }) {
  const notices = noticesOf(rollout)
  if (notices.length === 0) return null
  return (
    <div className={classes.notices}>
      {notices.map(({ kind, title, words, by, at }) => (
        <div key={title} className={classes.notice} data-kind={kind}>
          <Status kind={kind}>
            {title}
            {by !== null && (
              <>
                {' '}
                by <Words text={by} long="cut" />
              </>
            )}
            {at !== null && (
              <>
                , <Time at={at} />
              </>
            )}
          </Status>
          <p>
            <Words text={words} />
          </p>
        </div>
      ))}
    </div>
  )
}

function RolloutFacts({ rollout }: { rollout: Rollout }) {
  const { kind, words } = stateOf(rollout)
  return (
    <Facts
      facts={[
        { key: 'state', label: 'State', value: <Status kind={kind}>{words}</Status> },
        {
          key: 'image',
          label: 'Image',
          value: <Link href={`/images/${rollout.image.id}`}>{imageWords(rollout.image)}</Link>,
        },
        { key: 'environment', label: 'Environment', value: <Words text={rollout.environment} long="cut" /> },
        {
          key: 'by',
          label: 'Asked by',
          value: (
            <>
              <Words text={rollout.by.name} long="cut" />, <Time at={rollout.createdAt} />
            </>
          ),
        },
        { key: 'reason', label: 'Reason', value: <Words text={rollout.reason} /> },
        {
          key: 'started',
          label: 'Started',
          value: rollout.startedAt === null ? 'not yet' : <Time at={rollout.startedAt} />,
        },
        ...(rollout.endedAt === null ? [] : [{ key: 'ended', label: 'Ended', value: <Time at={rollout.endedAt} /> }]),
      ]}
    />
  )
}
