import { seriesSketchKey } from '../seriesSketch.ts'

const encoder = new TextEncoder()

/** Keys of series, the same in every run. @param of another set's are others */
export const seriesKeys = (from: number, to: number, of = ''): number[] =>
  Array.from({ length: to - from }, (_, i) => seriesSketchKey(encoder.encode(`${of}${from + i}`)))
