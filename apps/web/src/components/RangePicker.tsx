'use client'

import { Button, SegmentedControl, Stack } from '@mantine/core'
import { chartDaysMax } from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { formatTick, type Zone } from '../lib/format.ts'
import { serverNow } from '../lib/now.ts'
import { type Range, type RangePreset, rangeMaxMs, rangePresets } from '../lib/range.ts'
import { useZone } from '../lib/timeZone.ts'
import { Panel } from './Panel.tsx'
import classes from './RangePicker.module.css'
import { TimeField } from './TimeField.tsx'

const labels: Record<RangePreset, string> = { '1h': '1 h', '6h': '6 h', '24h': '24 h', '7d': '7 d', '30d': '30 d' }

/** Chooses the time range of a page's charts; feed it from `useRange`. */
export function RangePicker({
  range,
  onChoose,
  onCustom,
}: {
  range: Range
  onChoose: (preset: RangePreset) => void
  onCustom: (fromMs: number, toMs: number) => void
}) {
  const [zone] = useZone()
  const custom = range.choice === 'custom'
  return (
    <div className={classes.picker}>
      <SegmentedControl
        size="xs"
        aria-label="Time range"
        data={rangePresets.map((value) => ({ value, label: labels[value] }))}
        value={custom ? '' : range.choice}
        onChange={(value) => onChoose(value as RangePreset)}
      />
      <Panel
        label="Custom range"
        width={270}
        align="end"
        trigger={(props) => (
          <Button size="xs" variant={custom ? 'light' : 'default'} {...props}>
            {custom ? `${shortTime(range.fromMs, zone)} – ${shortTime(range.toMs, zone)}` : 'Custom'}
          </Button>
        )}
      >
        {(close) => (
          <CustomRange
            range={range}
            onCustom={(fromMs, toMs) => {
              onCustom(fromMs, toMs)
              close()
            }}
          />
        )}
      </Panel>
    </div>
  )
}

/** `22 Nov 22:09`; the fields show the exact times. */
const shortTime = (atMs: number, zone: Zone) => formatTick(atMs, 3 * 86_400_000, zone)

function CustomRange({ range, onCustom }: { range: Range; onCustom: (fromMs: number, toMs: number) => void }) {
  const [from, setFrom] = useState(() => toTheMinute(range.fromMs))
  const [to, setTo] = useState(() => toTheMinute(Math.min(range.toMs, serverNow())))
  const [fault, setFault] = useState<string | null>(null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!Number.isFinite(from) || !Number.isFinite(to)) setFault('Enter a date and a time in both fields.')
    else if (to <= from) setFault('The end must be after the start.')
    else if (to - from > rangeMaxMs) setFault(`Choose a range of at most ${chartDaysMax} days.`)
    else onCustom(from, to)
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <TimeField label="From" atMs={from} onChange={setFrom} autoFocus />
        <TimeField label="To" atMs={to} onChange={setTo} fault={fault} />
        <Button type="submit" size="xs">
          Show this range
        </Button>
      </Stack>
    </form>
  )
}

/** The fields have no seconds. */
const toTheMinute = (atMs: number) => Math.floor(atMs / 60_000) * 60_000
