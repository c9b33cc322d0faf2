'use client'

import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from '../../components/Link.tsx'
import { Outcome } from '../../components/Outcome.tsx'
import { Section } from '../../components/Section.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { formatInteger } from '../../lib/format.ts'
import { useCan } from '../../lib/me.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { RollBack } from '../rollback/RollBack.tsx'
import classes from './Incident.module.css'
import type { Change, Detail } from './words.ts'

const shownFirst = 5

/** The changes of the two hours before, the most suspect first, each with its diff and, if there is a way back, *Revert*. */
export function WhatChanged({ incident: { number, changes } }: { incident: Detail }) {
  const [all, setAll] = useState(false)
  const shown = all ? changes : changes.slice(0, shownFirst)
  return (
    <Section title="What changed" sentence="In the two hours before it began, the most suspect first.">
      {changes.length === 0 ? (
        <p className={classes.dim}>
          Nothing that Tickwatch knows: no limits, suspensions, readers, envelopes, policy versions or gateways, and not
          what the SLO asks.
        </p>
      ) : (
        <ol className={classes.list}>
          {shown.map((change) => (
            <li key={change.id} className={classes.item}>
              <OneChange number={number} change={change} />
            </li>
          ))}
        </ol>
      )}
      {shown.length < changes.length && (
        <Button variant="default" size="compact-sm" mt="sm" onClick={() => setAll(true)}>
          Show all {formatInteger(changes.length)}
        </Button>
      )}
    </Section>
  )
}

function OneChange({ number, change }: { number: number; change: Change }) {
  const mayRevert = useCan('incident:revert')
  return (
    <>
      <p className={classes.strong}>
        {change.path === null ? (
          <Words text={change.title} />
        ) : (
          <Link href={change.path}>
            <Words text={change.title} long="cut" />
          </Link>
        )}
      </p>
      <p>{change.why}</p>
      <p className={classes.dim}>
        <Time at={change.at} />
        {change.reason && (
          <>
            {' '}
            · <Words text={change.reason} quoted />
          </>
        )}
      </p>
      {change.diff.length > 0 && (
        <ul className={classes.diff}>
          {change.diff.map(({ what, from, to }) => (
            <li key={what}>
              {what}: {from ?? 'none'} → {to ?? 'none'}
            </li>
          ))}
        </ul>
      )}
      <p className={classes.dim}>
        <Words text={change.wayBack} />
      </p>
      {change.revertable && mayRevert && <RevertButton number={number} change={change} />}
      {change.rollBackTo !== null && mayRevert && (
        <RollBack version={change.rollBackTo} because={{ number, change: change.id }} />
      )}
    </>
  )
}

function RevertButton({ number, change }: { number: number; change: Change }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [asks, setAsks] = useState(false)
  const revert = useMutation(
    trpc.incident.revert.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.incident.pathKey() }),
    }),
  )
  const isSlo = change.kind === 'sloChanged' || change.kind === 'sloWeakened'
  if (revert.data) {
    return revert.data.outcome === 'requested' ? (
      <Outcome title="The revert needs an approval">
        {isSlo ? 'What it restores is weaker.' : 'What it restores is outside the envelope.'}{' '}
        <Link href={`/approvals/${revert.data.changeRequestId}`}>Open the request</Link>
      </Outcome>
    ) : (
      <Outcome title="Reverted">
        {isSlo
          ? 'AMP gets the rules of the definition that was before, within a minute or two. What was counted since stays.'
          : change.kind === 'envelope'
            ? 'The envelope is what it was before.'
            : 'Gateways get it with the next policy version, within seconds.'}
      </Outcome>
    )
  }
  return (
    <div>
      {asks ? (
        <Button.Group>
          <Button
            size="compact-sm"
            loading={revert.isPending}
            onClick={() => revert.mutate({ number, change: change.id })}
          >
            {change.kind === 'readerCreated' ? 'Revoke the token' : 'Restore what was before'}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setAsks(false)}>
            Do not revert
          </Button>
        </Button.Group>
      ) : (
        <Button
          size="compact-sm"
          variant="default"
          onClick={() => setAsks(true)}
          aria-label={`Revert: ${change.title}`}
        >
          Revert
        </Button>
      )}
      {revert.error && <ErrorState change error={revert.error} what="Could not revert the change" />}
    </div>
  )
}
