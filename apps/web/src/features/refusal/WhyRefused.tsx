'use client'

import { useQuery } from '@tanstack/react-query'
import {
  namesText,
  type QueryRefusalReason,
  queryRefusalReasons,
  type RefusalReason,
  refusalReasons,
  refusedThings,
} from '@tickwatch/policy'
import { Copyable } from '../../components/Copyable.tsx'
import { Num } from '../../components/Num.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { type QueryRefusalCause, queryRemedies, type RefusalCause, type RefusalCauses, remedyOf } from './remedy.ts'
import classes from './WhyRefused.module.css'

/**
 * The metrics, labels, writers and readers behind the refusals of the last hour, and what helps. Nothing if there were
 * none.
 * @param queriesOnly leaves out samples
 */
export function WhyRefused({ queriesOnly = false }: { queriesOnly?: boolean }) {
  const trpc = useTRPC()
  const causes = useQuery(trpc.refusal.causes.queryOptions(undefined, { refetchInterval: 5_000 }))
  return (
    <QueryView query={causes} what="the causes of refusals" skeleton={null}>
      {(data) => data && <Causes causes={queriesOnly ? { ...data, causes: [] } : data} />}
    </QueryView>
  )
}

function Causes({ causes: { gatewayIds, since, asOf, causes, queries } }: { causes: RefusalCauses }) {
  if (causes.length + queries.length === 0) return null
  return (
    <Section
      title="Why it was refused"
      sentence={
        <>
          Counted at {namesText(gatewayIds)} from <Time at={since} /> to <Time at={asOf} />. What is sent again counts
          again.
        </>
      }
    >
      {causes.map((cause) => (
        <Cause key={cause.reason} cause={cause} />
      ))}
      {queries.map((cause) => (
        <QueryCause key={cause.reason} cause={cause} />
      ))}
    </Section>
  )
}

function Cause({ cause }: { cause: RefusalCause }) {
  const { words, snippet } = remedyOf(cause)
  const known = cause.reason in refusalReasons ? (cause.reason as RefusalReason) : null
  const unit = known ? refusedThings(known) : 'samples'
  return (
    <article className={classes.cause} aria-label={cause.reason}>
      <h3 className={classes.title}>
        {known ? refusalReasons[known] : 'Another reason'} ({cause.reason}): <Num value={cause.samples} unit={unit} />
      </h3>
      <div className={classes.lists}>
        <Names title="Metrics" unit={unit} names={cause.metrics.map((m) => [m.name, m.samples])} />
        <Names title="Labels" unit="values" names={cause.labels.map((l) => [l.name, l.values])} />
        <Names title="Writers" unit={unit} names={cause.writers.map((w) => [w.name, w.samples])} />
      </div>
      <p className={classes.words}>{words}</p>
      {snippet && <Copyable label="Prometheus, under remote_write" text={snippet} />}
    </article>
  )
}

function QueryCause({ cause }: { cause: QueryRefusalCause }) {
  const known = cause.reason in queryRefusalReasons ? (cause.reason as QueryRefusalReason) : null
  return (
    <article className={classes.cause} aria-label={`queries: ${cause.reason}`}>
      <h3 className={classes.title}>
        {known ? queryRefusalReasons[known] : 'Another reason'} ({cause.reason}):{' '}
        <Num value={cause.queries} unit="queries" />
      </h3>
      <div className={classes.lists}>
        <Names title="Readers" unit="queries" names={cause.readers.map((r) => [r.name, r.queries])} />
      </div>
      <p className={classes.words}>{known ? queryRemedies[known] : 'The answer to the reader names what is wrong.'}</p>
    </article>
  )
}

const shown = 5

/** Each with about its figure: of very many series a gateway examines some, which stand for the others. */
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
              about <Num value={value} unit={unit} />
            </span>
          </li>
        ))}
      </ol>
    </div>
  )
}
