'use client'

import { Button, SegmentedControl, Stack, TextInput } from '@mantine/core'
import { chartDaysMax } from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { formatTick, type Zone } from '../lib/format.ts'
import { type Range, type RangePreset, rangeMaxMs, rangePresets } from '../lib/range.ts'
import { useZone } from '../lib/timeZone.ts'
import { Panel } from './Panel.tsx'
import classes from './RangePicker.module.css'

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
            zone={zone}
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

function CustomRange({
  range,
  zone,
  onCustom,
}: {
  range: Range
  zone: Zone
  onCustom: (fromMs: number, toMs: number) => void
}) {
  const [from, setFrom] = useState(() => toInput(range.fromMs, zone))
  const [to, setTo] = useState(() => toInput(Math.min(range.toMs, Date.now()), zone))
  const [fault, setFault] = useState<string | null>(null)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const fromMs = fromInput(from, zone)
    const toMs = fromInput(to, zone)
    if (!Number.isFinite(fromMs) || !Number.isFinite(toMs)) setFault('Enter a date and a time in both fields.')
    else if (toMs <= fromMs) setFault('The end must be after the start.')
    else if (toMs - fromMs > rangeMaxMs) setFault(`Choose a range of at most ${chartDaysMax} days.`)
    else onCustom(fromMs, toMs)
  }
  const zoneName = zone === 'UTC' ? 'UTC' : 'your time zone'
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <TextInput
          type="datetime-local"
          label={`From, ${zoneName}`}
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
          data-autofocus
        />
        <TextInput
          type="datetime-local"
          label={`To, ${zoneName}`}
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
          error={fault}
        />
        <Button type="submit" size="xs">
          Show this range
        </Button>
      </Stack>
    </form>
  )
}

/** The value of a datetime-local field for a time, in `zone`. */
export function toInput(atMs: number, zone: Zone): string {
  const offsetMs = zone === 'UTC' ? 0 : new Date(atMs).getTimezoneOffset() * 60_000
  return new Date(atMs - offsetMs).toISOString().slice(0, 16)
}

/** The time that a datetime-local field holds, in `zone`; NaN if it is empty or invalid. */
export const fromInput = (text: string, zone: Zone): number => Date.parse(zone === 'UTC' ? `${text}Z` : text)
