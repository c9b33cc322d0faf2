'use client'

import { NativeSelect } from '@mantine/core'
import { TimeField } from '../../components/TimeField.tsx'
import { formatDuration } from '../../lib/format.ts'
import type { End } from './draftSchema.ts'
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
  const isListed = choices.some(({ value }) => value === choice)
  // A request that the API got from elsewhere may have asked for any time.
  const other = { value: choice, label: `For ${formatDuration(Number(choice) * 3_600_000)}, then back` }
  return (
    <div>
      <NativeSelect
        label="How long"
        data={isListed ? choices : [...choices, other]}
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
