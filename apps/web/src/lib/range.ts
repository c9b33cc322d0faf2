import { chartDaysMax } from '@tickwatch/policy'

export const rangePresets = ['1h', '6h', '24h', '7d', '30d'] as const
export type RangePreset = (typeof rangePresets)[number]

const hour = 3_600_000
export const presetMs: Record<RangePreset, number> = {
  '1h': hour,
  '6h': 6 * hour,
  '24h': 24 * hour,
  '7d': 7 * 24 * hour,
  '30d': 30 * 24 * hour,
}
/** The longest range that AMP answers. */
export const rangeMaxMs = chartDaysMax * 24 * hour

export type Range = {
  /** The choice that the picker shows; `custom` after a zoom or a custom range. */
  choice: RangePreset | 'custom'
  /** The preset that a double-click goes back to. */
  preset: RangePreset
  fromMs: number
  toMs: number
}

/**
 * The range in a URL: `range=24h`, and optionally a window in it with `from` and `to` (milliseconds since the epoch). A
 * preset ends now, rounded up to steps of 1/240 of its length, so that all renders within a step send the same query.
 */
export function readRange(get: (key: string) => string | null, nowMs: number, fallback: RangePreset = '24h'): Range {
  const preset = rangePresets.find((one) => one === get('range')) ?? fallback
  const from = Number(get('from'))
  const to = Number(get('to'))
  if (Number.isSafeInteger(from) && Number.isSafeInteger(to) && from > 0 && to > from && to - from <= rangeMaxMs) {
    return { choice: 'custom', preset, fromMs: from, toMs: to }
  }
  const step = Math.max(15_000, presetMs[preset] / 240)
  const toMs = Math.ceil(nowMs / step) * step
  return { choice: preset, preset, fromMs: toMs - presetMs[preset], toMs }
}
