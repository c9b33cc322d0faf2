'use client'

import { Button, NativeSelect, TextInput } from '@mantine/core'
import { Field, type FieldsProps } from './SliFields.tsx'
import classes from './Slo.module.css'
import { type BurnTexts, faultOf, workbookTexts } from './sloForm.ts'

/** When alerts fire: burn rates over two windows each, and how many bad events they need. */
export function AlertFields({ form }: { form: FieldsProps }) {
  const { texts, faults, change } = form
  const set = (i: number, part: Partial<BurnTexts>) =>
    change({ burns: texts.burns.map((burn, n) => (n === i ? { ...burn, ...part } : burn)) })
  return (
    <>
      {texts.burns.map((burn, i) => {
        const path = `alerting.burns.${i}`
        const field = (name: 'factor' | 'longMinutes' | 'shortMinutes', label: string) => (
          <TextInput
            label={label}
            aria-label={`${label}, alert ${i + 1}`}
            value={burn[name]}
            error={faultOf(faults, `${path}.${name}`)}
            onChange={(event) => set(i, { [name]: event.currentTarget.value })}
            autoComplete="off"
          />
        )
        return (
          // biome-ignore lint/suspicious/noArrayIndexKey: alerts have no id but their place
          <div key={i} className={classes.burn}>
            <NativeSelect
              label="Alert"
              aria-label={`Kind of alert ${i + 1}`}
              data={[
                { value: 'page', label: 'Page' },
                { value: 'ticket', label: 'Ticket' },
              ]}
              value={burn.severity}
              onChange={(event) => set(i, { severity: event.currentTarget.value === 'page' ? 'page' : 'ticket' })}
            />
            {field('factor', 'Burn above, ×')}
            {field('longMinutes', 'Long window, min')}
            {field('shortMinutes', 'Short window, min')}
            <Button
              variant="default"
              size="xs"
              aria-label={`Remove alert ${i + 1}`}
              onClick={() => change({ burns: texts.burns.filter((_, n) => n !== i) })}
            >
              Remove
            </Button>
          </div>
        )
      })}
      <div className={classes.buttons}>
        {texts.burns.length < 8 && (
          <Button
            variant="default"
            size="xs"
            onClick={() =>
              change({
                burns: [...texts.burns, { severity: 'ticket', factor: '', longMinutes: '', shortMinutes: '' }],
              })
            }
          >
            Add an alert
          </Button>
        )}
        <Button variant="default" size="xs" onClick={() => change({ burns: workbookTexts })}>
          Use the SRE Workbook’s four
        </Button>
      </div>
      <Field
        form={form}
        name="badEventsMin"
        path="alerting.badEventsMin"
        label="Bad events needed"
        description="In the long window, before an alert fires: a ratio of few events says little."
      />
      <p className={classes.notes}>
        Windows are those of an SLO of 30 days. For another window they scale with it. If data stops, an alert of its
        own fires after the time in which an outage would use 1 % of the budget, and after at least 5 steps of the
        rules.
      </p>
    </>
  )
}
