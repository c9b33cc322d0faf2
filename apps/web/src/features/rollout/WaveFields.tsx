'use client'

import { Button, NativeSelect, TextInput } from '@mantine/core'
import { NumberField } from '../../components/NumberField.tsx'
import { Section } from '../../components/Section.tsx'
import { Words } from '../../components/Words.tsx'
import {
  describeField,
  type NumberField as Field,
  type Judge,
  judgeFields,
  readNumber,
  type WaveFaults,
  type WaveTexts,
  waveNumbers,
} from './planForm.ts'
import classes from './Rollout.module.css'
import type { PlannedWave } from './waves.ts'

const judgeChoices: { value: Judge; label: string }[] = [
  { value: 'compares', label: 'Compares with the baseline' },
  { value: 'limits', label: 'Hard limits alone' },
  { value: 'nobody', label: 'None' },
]

/** One wave of the plan: its groups, and how it goes. */
export function WaveFields({
  number,
  wave,
  texts,
  faults,
  onChange,
  onRemove,
}: {
  number: number
  wave: PlannedWave
  texts: WaveTexts
  faults: WaveFaults
  onChange: (part: Partial<WaveTexts>) => void
  onRemove: () => void
}) {
  const isEmpty = wave.groups.length === 0
  const field = (name: Field) => {
    const { value } = readNumber(name, texts[name])
    return (
      <NumberField
        key={name}
        label={waveNumbers[name].label}
        description={describeField(name, value)}
        unit={waveNumbers[name].unit}
        text={texts[name]}
        value={value}
        fault={faults[name] ?? null}
        onChange={(text) => onChange({ [name]: text })}
      />
    )
  }
  return (
    <Section
      title={
        <>
          Wave {number}: <Words text={wave.name} long="cut" />
        </>
      }
      sentence={isEmpty ? 'No group.' : <Words text={wave.groups.join(', ')} />}
      action={
        isEmpty && (
          <Button variant="default" onClick={onRemove}>
            Remove wave {number}
          </Button>
        )
      }
    >
      {faults.other && (
        <p className={classes.fault} role="status">
          {faults.other}
        </p>
      )}
      <div className={classes.numbers}>
        {field('minHealthyPercent')}
        {field('maxHealthyPercent')}
        <TextInput
          label="Checkpoints, %"
          description="Empty: no stop. The last is 100."
          value={texts.checkpoints}
          onChange={(event) => onChange({ checkpoints: event.currentTarget.value })}
          error={faults.checkpoints ?? null}
          placeholder="25, 50, 100"
          autoComplete="off"
          spellCheck={false}
        />
        {field('checkpointSeconds')}
        {field('bakeSeconds')}
        <NativeSelect
          label="Judge"
          description="Decides whether it passes."
          data={wave.judge === null ? judgeChoices.slice(-1) : judgeChoices}
          value={texts.judge}
          onChange={(event) => onChange({ judge: event.currentTarget.value as Judge })}
          error={faults.judge ?? null}
        />
        {texts.judge !== 'nobody' && judgeFields.map(field)}
      </div>
    </Section>
  )
}
