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
export const rangeMaxMs = chartDaysMax * 24 * hour

export type Range = {
  /** What the picker shows; `custom` after a zoom or a choice of days. */
  choice: RangePreset | 'custom'
  /** The preset that a double-click goes back to. */
  preset: RangePreset
  fromMs: number
  toMs: number
}

/**
 * The range that a URL asks for: `range=24h`, and a window in it by `from` and `to` (milliseconds since the epoch). A live
 * preset ends now, moved on in steps of a 240th of its length, so that equal steps ask one question.
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
