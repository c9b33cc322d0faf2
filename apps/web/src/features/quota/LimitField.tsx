'use client'

import { type Bounds, type LimitName, limitDefinitions } from '@tickwatch/policy'
import { NumberField } from '../../components/NumberField.tsx'
import { formatInteger } from '../../lib/format.ts'
import { LimitTrack } from './LimitTrack.tsx'

/** One limit in the editor: its number, and the same number on a slider. */
export function LimitField({
  limit,
  text,
  value,
  present,
  envelope,
  p99,
  fault,
  focus,
  onChange,
}: {
  limit: LimitName
  text: string
  /** How `text` was read; null if it can't be. */
  value: number | null
  present: number
  envelope: Bounds | null
  p99: number | null
  fault: string | null
  focus: boolean
  onChange: (text: string) => void
}) {
  const { title, unit, help } = limitDefinitions[limit]
  return (
    <div>
      <NumberField
        label={title}
        description={help}
        unit={unit}
        text={text}
        value={value}
        fault={fault}
        autoFocus={focus}
        onChange={onChange}
      />
      <LimitTrack
        limit={limit}
        value={value}
        present={present}
        envelope={envelope}
        p99={p99}
        onChange={(moved) => onChange(formatInteger(moved))}
      />
    </div>
  )
}
