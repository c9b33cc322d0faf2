'use client'

import { NativeSelect, TextInput } from '@mantine/core'
import type { End } from './draft.ts'

const choices = [
  { value: 'stays', label: 'Until it is changed again' },
  { value: '1', label: 'For 1 hour, then back' },
  { value: '6', label: 'For 6 hours, then back' },
  { value: '24', label: 'For 24 hours, then back' },
  { value: 'until', label: 'Until a time, then back' },
]

/** A change with an end is a boost: the old limits come back automatically. */
export function EndField({ end, fault, onChange }: { end: End; fault: string | null; onChange: (end: End) => void }) {
  const choice = end.kind === 'hours' ? String(end.hours) : end.kind
  return (
    <div>
      <NativeSelect
        label="How long"
        data={choices}
        value={choice}
        onChange={({ currentTarget: { value } }) => {
          if (value === 'stays') onChange({ kind: 'stays' })
          else if (value === 'until') onChange({ kind: 'until', at: '' })
          else onChange({ kind: 'hours', hours: Number(value) })
        }}
      />
      {end.kind === 'until' && (
        <TextInput
          mt="xs"
          type="datetime-local"
          label="Ends, in your time zone"
          value={end.at}
          error={fault}
          onChange={(event) => onChange({ kind: 'until', at: event.currentTarget.value })}
        />
      )}
    </div>
  )
}
