import type { NativeHistogram } from '../histogram.ts'
import { WireWriter } from '../wireWriter.ts'
import type { MetricFamily } from './families.ts'

/** Prometheus asks for it if it may scrape native histograms, which the text format does not have. */
export const protobufContentType =
  'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited'

/** Whether a scrape with this `accept` header gets the protobuf format. */
export const acceptsProtobuf = (accept: string | undefined): boolean =>
  accept?.includes('proto=io.prometheus.client.MetricFamily') ?? false

/** https://github.com/prometheus/client_model/blob/master/io/prometheus/client/metrics.proto */
const types = { counter: 0, gauge: 1, histogram: 4 } as const
const valueTags = { counter: 0x1a, gauge: 0x12, histogram: 0x3a } as const

const all = new WireWriter(65_536)
const one = new WireWriter(65_536)

/** The families in Prometheus's protobuf format, each with its length before it. Families without series are left out. */
export function encodeFamilies(families: readonly MetricFamily[]): Buffer {
  all.begin()
  for (const family of families) {
    if (family.metrics.length === 0) continue
    one.begin()
    writeFamily(one, family)
    const bytes = one.written()
    all.varint(bytes.length)
    all.append(bytes)
  }
  return Buffer.from(all.written())
}

function writeFamily(wire: WireWriter, family: MetricFamily): void {
  wire.text(0x0a, family.name)
  wire.text(0x12, family.help)
  wire.byte(0x18)
  wire.varint(types[family.type])
  for (const { labels, value } of family.metrics) {
    const metric = wire.open(0x22)
    for (let i = 0; i < labels.length; i += 2) wire.label(0x0a, labels[i] as string, labels[i + 1] as string)
    const start = wire.open(valueTags[family.type])
    if (typeof value === 'number') {
      wire.byte(0x09)
      wire.double(value)
    } else writeHistogram(wire, value)
    wire.close(start)
    wire.close(metric)
  }
}

function writeHistogram(wire: WireWriter, histogram: NativeHistogram): void {
  wire.byte(0x08)
  wire.varint(histogram.count)
  wire.byte(0x11)
  wire.double(histogram.sum)
  wire.byte(0x28)
  wire.sint(histogram.schema)
  wire.byte(0x31)
  wire.double(histogram.zeroThreshold)
  wire.byte(0x38)
  wire.varint(histogram.zeroCount)
  for (const { offset, length } of histogram.positiveSpans) {
    const span = wire.open(0x62)
    wire.byte(0x08)
    wire.sint(offset)
    wire.byte(0x10)
    wire.varint(length)
    wire.close(span)
  }
  for (const delta of histogram.positiveDeltas) {
    wire.byte(0x68)
    wire.sint(delta)
  }
}
