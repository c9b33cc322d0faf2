import { Copyable } from '../../components/Copyable.tsx'
import { FoldingSection } from '../../components/FoldingSection.tsx'
import { Words } from '../../components/Words.tsx'
import { formatDuration, plural } from '../../lib/format.ts'
import { ExportOpenSlo, RulesState } from './RulesState.tsx'
import { ruleYaml } from './ruleYaml.ts'
import classes from './Slo.module.css'
import type { SloView } from './words.ts'

/** The rules that this definition is compiled to, and what it measures. */
export function Rules({ slo: { sloId, rules, stepSeconds, definition } }: { slo: SloView }) {
  return (
    <FoldingSection
      id="rules"
      title="Rules"
      sentence={`${plural(rules.rules.length, 'rule')}, for all groups together, evaluated every ${formatDuration(stepSeconds * 1_000)}. This definition compiles to exactly these.`}
      summary={plural(rules.rules.length, 'rule')}
    >
      <RulesState sloId={sloId} />
      <p className={classes.prose}>
        <Measures sli={definition.sli} />
      </p>
      <Copyable label="The rules as YAML" text={ruleYaml(rules)} />
      <ExportOpenSlo sloId={sloId} />
    </FoldingSection>
  )
}

function Measures({ sli }: { sli: SloView['definition']['sli'] }) {
  const code = (text: string) => (
    <code>
      <Words text={text} long="whole" />
    </code>
  )
  switch (sli.kind) {
    case 'ratio':
      return (
        <>
          It counts {code(sli.total)}; of those {sli.bad !== undefined ? 'bad' : 'good'} are{' '}
          {code(sli.bad ?? sli.good ?? '')}.
        </>
      )
    case 'latency':
      return (
        <>
          It counts {code(sli.histogram)}; an event is good up to {sli.thresholdSeconds} s.
        </>
      )
    case 'condition':
      return <>A step is one event, bad if this is 0 for any series of its group: {code(sli.promql)}.</>
  }
}
