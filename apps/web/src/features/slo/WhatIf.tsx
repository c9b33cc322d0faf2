'use client'

import { Button, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Section } from '../../components/Section.tsx'
import { ErrorState, SkeletonRows } from '../../components/StateView.tsx'
import { formatDuration } from '../../lib/format.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { EpisodeTable } from './EpisodeTable.tsx'
import classes from './Slo.module.css'
import { type Draft, readDraft, type Texts, textsOf, whatIfSentence } from './whatIf.ts'
import type { SloView } from './words.ts'

/** Replays the last 30 days with another objective or other alerts: what would have fired, and what would be left. */
export function WhatIf({ slo, group }: { slo: SloView; group: string | null }) {
  const [texts, type] = useState<Texts>(() => textsOf(slo.definition))
  const [asked, ask] = useState<Draft | null>(null)
  const { draft, faults } = readDraft(texts, slo.definition)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (draft) ask(draft)
  }
  return (
    <Section
      title="What if"
      sentence="Replays the last 30 days with another objective or other alerts, from the same counts and by the same code as the rules. It changes nothing."
    >
      <form onSubmit={submit}>
        <div className={classes.form}>
          <TextInput
            label="Objective, %"
            value={texts.objective}
            error={faults.objective}
            onChange={(event) => type({ ...texts, objective: event.currentTarget.value })}
            autoComplete="off"
          />
          {slo.definition.alerting.burns.map(({ severity, longMinutes, shortMinutes }, i) => (
            <TextInput
              // biome-ignore lint/suspicious/noArrayIndexKey: alerts have no id but their place
              key={i}
              label={`${severity === 'page' ? 'Page' : 'Ticket'} above, × in ${minutes(longMinutes)} and ${minutes(shortMinutes)}`}
              value={texts.factors[i] ?? ''}
              error={faults.factors[i]}
              onChange={(event) => {
                const factors = texts.factors.with(i, event.currentTarget.value)
                type({ ...texts, factors })
              }}
              autoComplete="off"
            />
          ))}
          <TextInput
            label="Bad events needed"
            value={texts.badEventsMin}
            error={faults.badEventsMin}
            onChange={(event) => type({ ...texts, badEventsMin: event.currentTarget.value })}
            autoComplete="off"
          />
        </div>
        <div className={classes.send}>
          <Button type="submit" size="xs" disabled={!draft}>
            Replay the last 30 days
          </Button>
        </div>
      </form>
      {asked && <Replayed sloId={slo.sloId} group={group} draft={asked} />}
    </Section>
  )
}

/** The windows as they are written: for 30 days. They scale with the SLO’s own. */
const minutes = (count: number) => formatDuration(count * 60_000)

function Replayed({ sloId, group, draft }: { sloId: string; group: string | null; draft: Draft }) {
  const trpc = useTRPC()
  const replayed = useQuery(
    trpc.sloReads.whatIf.queryOptions({ sloId, group, ...draft }, { staleTime: 60_000, trpc: alone }),
  )
  if (replayed.error)
    return <ErrorState error={replayed.error} what="This can’t be replayed" lost="Correct it and replay again." />
  if (!replayed.data) return <SkeletonRows rows={3} />
  const { newest } = replayed.data.instead.episodes
  return (
    <div role="status">
      <p>{whatIfSentence(replayed.data)}</p>
      {newest.length > 0 && <EpisodeTable episodes={replayed.data.instead.episodes} label="What would have fired" />}
    </div>
  )
}
