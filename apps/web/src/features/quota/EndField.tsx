'use client'

import { NativeSelect } from '@mantine/core'
import { TimeField } from '../../components/TimeField.tsx'
import type { End } from './draft.ts'
import classes from './EditQuota.module.css'

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
        <div className={classes.end}>
          <TimeField
            label="Ends"
            atMs={Date.parse(end.at)}
            fault={fault}
            onChange={(atMs) =>
              onChange({ kind: 'until', at: Number.isFinite(atMs) ? new Date(atMs).toISOString() : '' })
            }
          />
        </div>
      )}
    </div>
  )
}
