'use client'

import { SegmentedControl, TextInput } from '@mantine/core'
import { PromqlField } from './PromqlField.tsx'
import type { PromqlKind } from './promqlCompletion.ts'
import classes from './Slo.module.css'
import { type FieldFaults, faultOf, type SloTexts } from './sloForm.ts'
import { kindWords } from './words.ts'

export type FieldsProps = {
  texts: SloTexts
  faults: FieldFaults
  shows: (text: string) => boolean
  change: (part: Partial<SloTexts>) => void
}

/**
 * A text field of the form, by its name in the texts and in the definition.
 * @param promql what PromQL it holds, if it does
 */
export function Field({
  name,
  path,
  label,
  description,
  promql,
  readOnly = false,
  form: { texts, faults, shows, change },
}: {
  name: { [K in keyof SloTexts]: SloTexts[K] extends string ? K : never }[keyof SloTexts]
  path: string
  label: string
  description?: string
  promql?: PromqlKind
  readOnly?: boolean
  form: FieldsProps
}) {
  const text = texts[name]
  const fault = shows(text) ? faultOf(faults, path) : null
  const set = (next: string) => change({ [name]: next })
  if (promql !== undefined) return <PromqlField kind={promql} {...{ label, description, text, fault }} onChange={set} />
  return (
    <TextInput
      label={label}
      description={description}
      value={text}
      readOnly={readOnly}
      error={fault}
      onChange={(event) => set(event.currentTarget.value)}
      classNames={path.startsWith('sli') ? { input: classes.code } : {}}
      autoComplete="off"
      spellCheck={false}
    />
  )
}

/** What an SLO counts: one of three kinds, with PromQL of the platform’s series. */
export function SliFields({ form }: { form: FieldsProps }) {
  const { texts, change } = form
  return (
    <>
      <SegmentedControl
        aria-label="Kind of SLI"
        data={Object.entries(kindWords).map(([value, label]) => ({ value, label }))}
        value={texts.kind}
        onChange={(kind) => change({ kind: kind as SloTexts['kind'] })}
      />
      {texts.kind === 'ratio' && (
        <>
          <Field
            form={form}
            name="total"
            path="sli.total"
            label="All events"
            description={selectorWords}
            promql="selector"
          />
          <SegmentedControl
            aria-label="Which events the next selector counts"
            size="xs"
            data={[
              { value: 'bad', label: 'It counts bad events' },
              { value: 'good', label: 'It counts good events' },
            ]}
            value={texts.counts}
            onChange={(counts) => change({ counts: counts as SloTexts['counts'] })}
          />
          <Field
            form={form}
            name="part"
            path={`sli.${texts.counts}`}
            label={texts.counts === 'bad' ? 'Bad events' : 'Good events'}
            description="A selector of the same kind of counter. Bad and good events are part of all events."
            promql="selector"
          />
          <Field
            form={form}
            name="causeLabel"
            path="sli.causeLabel"
            label="Label with the cause (optional)"
            description="Its value says why an event was bad, such as reason. Bad events are then split by who must act."
          />
        </>
      )}
      {texts.kind === 'latency' && (
        <>
          <Field
            form={form}
            name="histogram"
            path="sli.histogram"
            label="Histogram"
            description="A selector without the suffixes _bucket and _count, such as query_seconds{code!~'4..'}."
            promql="histogram"
          />
          <Field
            form={form}
            name="thresholdSeconds"
            path="sli.thresholdSeconds"
            label="Good up to, s"
            description="A bound of its buckets, because events inside a bucket can’t be told apart."
          />
          <Field
            form={form}
            name="nativeSchema"
            path="sli.nativeSchema"
            label="Schema of a native histogram"
            description="A whole number from -4 to 8. Empty for a classic histogram."
          />
        </>
      )}
      {texts.kind === 'condition' && (
        <Field
          form={form}
          name="promql"
          path="sli.promql"
          label="Condition in PromQL"
          description="A step is bad if this is 0 for any series of its group. Write comparisons with bool, such as lag_seconds < bool 60."
          promql="condition"
        />
      )}
      <Field
        form={form}
        name="groupBy"
        path="groupBy"
        label="Group by labels (optional)"
        description="Label names, separated by commas. Each value of them gets a budget and alerts of its own, by the same rules. With tenant_id a tenant sees its own."
      />
    </>
  )
}

const selectorWords =
  'One selector of a counter, such as requests_total{code!="429"}. It reads the platform’s own series.'
