import { seriesSketchKey } from '../seriesSketch.ts'

const encoder = new TextEncoder()

/** Keys of series, the same in every run. @param set a different set has different keys */
export const seriesKeys = (from: number, to: number, set = ''): number[] =>
  Array.from({ length: to - from }, (_, i) => seriesSketchKey(encoder.encode(`${set}${from + i}`)))
