'use client'

import { useCallback, useMemo } from 'react'
import { useNow } from './now.ts'
import { useUrlParams } from './url-state.ts'

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
/** AMP answers ranges up to this long. */
export const rangeMaxMs = 31 * 24 * hour

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

/** The page's range in the URL, shared by all its charts. */
export function useRange(fallback: RangePreset = '24h'): {
  range: Range
  choose: (preset: RangePreset) => void
  /** A window of its own: custom days, or a zoom by dragging. */
  zoom: (fromMs: number, toMs: number) => void
  /** Back to the preset. */
  zoomOut: () => void
} {
  const { get, set } = useUrlParams()
  const now = useNow(5_000)
  const { choice, preset, fromMs, toMs } = readRange(get, now || Date.now(), fallback)
  const range = useMemo(() => ({ choice, preset, fromMs, toMs }), [choice, preset, fromMs, toMs])
  const choose = useCallback(
    (next: RangePreset) => set({ range: next === fallback ? null : next, from: null, to: null }),
    [set, fallback],
  )
  const zoom = useCallback(
    (from: number, to: number) => set({ from: String(Math.round(from)), to: String(Math.round(to)) }),
    [set],
  )
  const zoomOut = useCallback(() => set({ from: null, to: null }), [set])
  return { range, choose, zoom, zoomOut }
}
