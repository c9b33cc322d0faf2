'use client'

import { useCallback, useMemo } from 'react'
import { useNow } from './now.ts'
import { type Range, type RangePreset, readRange } from './range.ts'
import { useUrlParams } from './urlState.ts'

/**
 * The page's range in the URL, shared by all its charts.
 * @param renderedAtMs when the server rendered the page, by its clock: server and browser must first draw the same
 * range.
 */
export function useRange(
  fallback: RangePreset,
  renderedAtMs: number,
): {
  range: Range
  choose: (preset: RangePreset) => void
  /** Shows a custom window: chosen in the picker, or by dragging over a chart. */
  zoom: (fromMs: number, toMs: number) => void
  /** Returns to the preset. */
  zoomOut: () => void
} {
  const { get, set } = useUrlParams()
  const now = useNow(5_000)
  const { choice, preset, fromMs, toMs } = readRange(get, now || renderedAtMs, fallback)
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
