'use client'

import { useQuery } from '@tanstack/react-query'
import { type RefusalReason, refusalReasons, unreadReasons } from '@tickwatch/policy'
import { Copyable } from '../../components/Copyable.tsx'
import { Num } from '../../components/Num.tsx'
import { Section } from '../../components/Section.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { type RefusalCause, remedyOf } from './remedy.ts'
import classes from './WhyRefused.module.css'

/** The metrics, labels and writers behind the refusals of the last hour, and what helps. Nothing if there were none. */
export function WhyRefused() {
  const trpc = useTRPC()
  const { data, error } = useQuery(trpc.refusal.causes.queryOptions(undefined, { refetchInterval: 5_000 }))
  if (error) return <p className={classes.quiet}>The causes of refusals can’t be read now.</p>
  if (!data) return null
  return (
    <Section
      title="Why it was refused"
      sentence={
        <>
          Counted at {data.gatewayIds.join(', ')} from <Time at={data.since} /> to <Time at={data.asOf} />. Samples that
          a sender sends again count again.
        </>
      }
    >
      {data.causes.map((cause) => (
        <Cause key={cause.reason} cause={cause} />
      ))}
    </Section>
  )
}

function Cause({ cause }: { cause: RefusalCause }) {
  const { words, snippet } = remedyOf(cause)
  const known = cause.reason in refusalReasons ? (cause.reason as RefusalReason) : null
  const unit = known && unreadReasons.has(known) ? 'requests' : 'samples'
  return (
    <article className={classes.cause} aria-label={cause.reason}>
      <h3 className={classes.title}>
        {known ? refusalReasons[known] : 'Another reason'} ({cause.reason}): <Num value={cause.samples} unit={unit} />
      </h3>
      <div className={classes.lists}>
        <Names title="Metrics" unit={`${unit} or more`} names={cause.metrics.map((m) => [m.name, m.samples])} />
        <Names title="Labels" unit="values or more" names={cause.labels.map((l) => [l.name, l.values])} />
        <Names title="Writers" unit={`${unit} or more`} names={cause.writers.map((w) => [w.name, w.samples])} />
      </div>
      <p className={classes.words}>{words}</p>
      {snippet && <Copyable label="Prometheus, under remote_write" text={snippet} />}
    </article>
  )
}

const shown = 5

function Names({ title, unit, names }: { title: string; unit: string; names: readonly [string, number][] }) {
  if (names.length === 0) return null
  return (
    <div>
      <h4 className={classes.listTitle}>{title}</h4>
      <ol className={classes.list}>
        {names.slice(0, shown).map(([name, value]) => (
          <li key={name} className={classes.entry}>
            <code>
              <Words text={name} />
            </code>
            <span className={classes.figure}>
              <Num value={value} unit={unit} />
            </span>
          </li>
        ))}
      </ol>
    </div>
  )
}
