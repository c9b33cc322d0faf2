'use client'

import { NumberInput } from '@mantine/core'
import { type Bounds, type LimitName, limitDefinitions } from '@tickwatch/policy'
import { LimitTrack } from './LimitTrack.tsx'

/** One limit in the editor: its number, and the same number on a slider. */
export function LimitField({
  limit,
  value,
  present,
  envelope,
  p99,
  fault,
  focus,
  onChange,
}: {
  limit: LimitName
  value: number | null
  present: number
  envelope: Bounds | null
  p99: number | null
  fault: string | null
  focus: boolean
  onChange: (value: number | null) => void
}) {
  const { title, unit, help } = limitDefinitions[limit]
  return (
    <div>
      <NumberInput
        label={title}
        description={help}
        value={value ?? ''}
        onChange={(next) => onChange(typeof next === 'number' ? next : null)}
        error={fault}
        thousandSeparator=","
        allowDecimal={false}
        allowNegative={false}
        hideControls
        rightSection={<span aria-hidden="true">{unit}</span>}
        rightSectionWidth={Math.max(56, unit.length * 9)}
        rightSectionPointerEvents="none"
        data-autofocus={focus || undefined}
      />
      <LimitTrack limit={limit} value={value} present={present} envelope={envelope} p99={p99} onChange={onChange} />
    </div>
  )
}
