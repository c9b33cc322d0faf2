import { Cursor } from './cursor.ts'
import { walkLabel } from './parseV1.ts'
import { WireWriter } from './wireWriter.ts'

/**
 * The labels of a known series in the gateway's memory: encoded as `TimeSeries.labels` of remote write 1.0, ready to be
 * copied. The label that the platform adds is at its sort position (bytes `addedStart` to `addedEnd`).
 */
export type SeriesLabels = { block: Uint8Array; addedStart: number; addedEnd: number }

const wire = new WireWriter(4_096)

/** @param labels name, value, name, value, … sorted by name, without `addedName`. */
export function encodeSeriesLabels(labels: readonly string[], addedName: string, addedValue: string): SeriesLabels {
  wire.begin()
  let addedStart = -1
  let addedEnd = -1
  for (let i = 0; i < labels.length; i += 2) {
    const name = labels[i] as string
    if (addedStart === -1 && name > addedName) {
      addedStart = wire.at
      wire.label(0x0a, addedName, addedValue)
      addedEnd = wire.at
    }
    wire.label(0x0a, name, labels[i + 1] as string)
  }
  if (addedStart === -1) {
    addedStart = wire.at
    wire.label(0x0a, addedName, addedValue)
    addedEnd = wire.at
  }
  return { block: new Uint8Array(wire.written()), addedStart, addedEnd }
}

/** name, value, name, value, … without the label that the platform added. */
export function decodeSeriesLabels({ block, addedStart, addedEnd }: SeriesLabels): string[] {
  const cursor = new Cursor()
  cursor.bytes = Buffer.from(block.buffer, block.byteOffset, block.byteLength)
  const labels: string[] = []
  const texts = new Int32Array(4)
  while (cursor.at < block.length) {
    if (cursor.at === addedStart) {
      cursor.at = addedEnd
      continue
    }
    cursor.tag(block.length)
    walkLabel(cursor, cursor.span(block.length), texts, 0)
    for (const at of [0, 2]) labels.push(cursor.bytes.toString('utf8', texts[at], texts[at + 1]))
  }
  return labels
}
