'use client'

import { Skeleton, VisuallyHidden } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { IconCircleCheckFilled, IconCircleDashed, IconCircleX, IconProgress } from '../../components/icons.tsx'
import { QueryView } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Term } from '../../components/Term.tsx'
import { Words } from '../../components/Words.tsx'
import { useLive } from '../../lib/live.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { type Followed, useSeen } from './ownChange.ts'
import classes from './Propagation.module.css'
import {
  isSettled,
  laggards,
  type PropagationView,
  progressSentence,
  propagationSteps,
  type Seen,
  type Step,
  timesSentence,
} from './propagationSteps.ts'

const icons = {
  done: IconCircleCheckFilled,
  running: IconProgress,
  waiting: IconCircleDashed,
  stopped: IconCircleX,
} satisfies Record<Step['state'], unknown>

const spoken = { done: 'done', running: 'in progress', waiting: 'not yet', stopped: 'stopped' } satisfies Record<
  Step['state'],
  string
>

/**
 * The steps of a version: Saved → Compiled v128 → Canary enforces 1 of 1 → Fleet enforces 2 of 2.
 * @param announce announces each step to screen readers and explains its terms. Set it only for the change for which
 * the person waits.
 * @param seen for a change that was made in this page: when the page showed each step.
 */
export function Propagation({
  propagation,
  announce = false,
  seen,
}: {
  propagation: PropagationView
  announce?: boolean
  seen?: Seen | undefined
}) {
  return (
    <div>
      <ol className={classes.steps} aria-label="Propagation">
        {propagationSteps(propagation, seen).map((step) => {
          const Icon = icons[step.state]
          return (
            <li key={step.key} className={classes.step} data-state={step.state}>
              <Icon size={16} className={classes.icon} />
              <span>
                {announce ? <StepWords step={step} /> : step.words}
                <VisuallyHidden>, {spoken[step.state]}</VisuallyHidden>
              </span>
            </li>
          )
        })}
      </ol>
      <p className={classes.times}>{timesSentence(propagation, seen)}</p>
      {propagation.held && (
        <p className={classes.note}>
          <Status kind={propagation.state === 'refused' ? 'bad' : 'warning'}>
            <Words text={propagation.held} />
          </Status>
        </p>
      )}
      {laggards(propagation).map((gateway) => (
        <p key={gateway.gatewayId} className={classes.note}>
          <Status kind={gateway.bad ? 'bad' : 'warning'}>
            <Words text={gateway.words} />
          </Status>
        </p>
      ))}
      {announce && <VisuallyHidden role="status">{progressSentence(propagation)}</VisuallyHidden>}
    </div>
  )
}

/** Explains the ring, because a person who waits for a change may not know the term. */
function StepWords({ step: { ring, words } }: { step: Step }) {
  const [first = '', ...rest] = words.split(' ')
  if (first.toLowerCase() !== ring) return words
  return (
    <>
      <Term name="ring">{first}</Term> {rest.join(' ')}
    </>
  )
}

/** How often it is read while its stream is down: a person waits for it. */
const askEveryMs = 1_000

/** The propagation of a tenant's own change, live until every gateway enforces it. Tenant pages only. */
export function FollowedPropagation({ followed }: { followed: Followed }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const queryKey = trpc.policy.propagation.queryKey(followed)
  const known = queryClient.getQueryData(queryKey)
  const settled = known !== undefined && isSettled(known)
  const { streaming } = useLive(
    (on) => trpc.policy.propagationLive.subscriptionOptions(followed, { enabled: on.enabled && !settled }),
    queryKey,
  )
  const refetchInterval = settled || streaming ? false : askEveryMs
  const query = useQuery(trpc.policy.propagation.queryOptions(followed, { refetchInterval }))
  return (
    <QueryView query={query} what="the propagation" skeleton={<Skeleton height={20} width="70%" />}>
      {(propagation) => <SeenPropagation propagation={propagation} followed={followed} />}
    </QueryView>
  )
}

function SeenPropagation({ propagation, followed }: { propagation: PropagationView; followed: Followed }) {
  const seen = useSeen(followed, propagationSteps(propagation))
  return <Propagation propagation={propagation} announce seen={seen} />
}

/** The propagation of a policy version, polled each second until every gateway enforces it. For platform roles. */
export function VersionPropagation({
  version,
  children,
}: {
  version: number
  children: (propagation: PropagationView) => ReactNode
}) {
  const trpc = useTRPC()
  const query = useQuery(
    trpc.policy.versionPropagation.queryOptions(
      { version },
      { refetchInterval: ({ state }) => (state.data && isSettled(state.data) ? false : askEveryMs) },
    ),
  )
  return (
    <QueryView query={query} what="the propagation" skeleton={<Skeleton height={20} width="70%" />}>
      {children}
    </QueryView>
  )
}
