'use client'

import { Facts } from '../../components/Facts.tsx'
import { Link } from '../../components/Link.tsx'
import { Num } from '../../components/Num.tsx'
import { Status } from '../../components/Status.tsx'
import { Term } from '../../components/Term.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { formatDuration } from '../../lib/format.ts'
import { useZone } from '../../lib/timeZone.ts'
import { BudgetBar } from './BudgetBar.tsx'
import classes from './Slo.module.css'
import {
  burnWords,
  countedSentence,
  coverageSentence,
  excludedSentence,
  objectiveWords,
  type SloView,
  stateOf,
  windowWords,
} from './words.ts'

/** The objective and the budget of an SLO, or of one of its groups. */
export function SloFacts({ slo }: { slo: SloView }) {
  const [zone] = useZone()
  const { definition, figures } = slo
  const state = stateOf(slo)
  const facts = [
    { key: 'state', label: 'State', value: <Status kind={state.kind}>{state.words}</Status> },
    {
      key: 'objective',
      label: 'Objective',
      value: `${objectiveWords(definition.objective)} in ${windowWords(definition.window)}`,
    },
    { key: 'left', label: <Term name="error budget">Budget</Term>, value: <BudgetBar figures={figures} /> },
    {
      key: 'events',
      label: 'Bad of all events',
      value:
        figures && figures.state !== 'unmeasured' ? (
          <>
            <Num value={figures.bad} style="integer" /> of <Num value={figures.total} />
          </>
        ) : (
          <Num value={null} />
        ),
    },
    {
      key: 'burn',
      label: <Term name="burn rate">Burn, last hour</Term>,
      value: figures?.burn == null ? <Num value={null} /> : burnWords(figures.burn),
    },
    {
      key: 'lasts',
      label: 'At that rate it lasts',
      value: lastsWords(slo),
    },
    { key: 'owner', label: 'Owner', value: <Words text={definition.owner} /> },
    ...(definition.runbookUrl === ''
      ? []
      : [{ key: 'runbook', label: 'Runbook', value: <Link href={definition.runbookUrl}>Open the runbook</Link> }]),
    {
      key: 'version',
      label: 'Definition',
      value: (
        <>
          version {slo.version}, <Time at={slo.savedAt} /> by <Words text={slo.savedBy} long="cut" />
        </>
      ),
    },
  ]
  const notes = [
    figures && coverageSentence(figures, definition.window),
    figures && excludedSentence(figures, definition.window),
    countedSentence(slo, zone),
    slo.version > 1 && 'Events before this version of the definition were counted as the versions before it said.',
  ]
  return (
    <>
      <Facts facts={facts} />
      <p className={classes.notes}>{notes.filter(Boolean).join(' ')}</p>
    </>
  )
}

function lastsWords({ figures, definition }: SloView): string {
  if (figures === null || figures.burn === null || figures.leftRatio === null) return '–'
  if (figures.leftRatio <= 0) return 'it is used up'
  if (figures.lastsSeconds !== null) return formatDuration(figures.lastsSeconds * 1_000)
  return 'days' in definition.window ? 'longer than the window' : 'to the end of the window'
}
