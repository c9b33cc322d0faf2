import type { MetricType, NativeHistogram } from '../histogram.ts'
import { Scratch } from '../scratch.ts'
import { encodeSnappy } from '../snappy.ts'
import type { RemoteWriteVersion } from '../version.ts'
import { WriteRequestWriter } from '../writer.ts'
import { WriteRequestWriterV2 } from '../writerV2.ts'

/** An encoded request, its number of samples (a histogram counts as one), and when they were measured. */
export type Batch = { body: Buffer; samples: number; measuredMs: number }

/** The metadata of a metric. */
export type MetricDescription = { type: MetricType; help: string; unit: string }
export type Exemplar = { labels: readonly string[]; value: number }

/** Receives series. Labels are name, value, name, value, … sorted by name, with the metric's name as `__name__`. */
export type SeriesSink<Metric extends string> = {
  value(metric: Metric, labels: readonly string[], value: number): void
  histogram(metric: Metric, labels: readonly string[], histogram: NativeHistogram, exemplar: Exemplar | null): void
}

export type Encoder<Metric extends string> = {
  /** One request with the series that `write` puts into the sink, each with one point at `nowMs`. */
  measurements(nowMs: number, write: (sink: SeriesSink<Metric>) => void): Batch
  /** The descriptions of all metrics; null if each request has them (version 2.0). */
  metadata(nowMs: number): Batch | null
}

/** Encodes measurements in either version of remote write. */
export function createEncoder<Metric extends string>(
  version: RemoteWriteVersion,
  metrics: Readonly<Record<Metric, MetricDescription>>,
): Encoder<Metric> {
  return version === 1 ? encoderV1(metrics) : encoderV2(metrics)
}

function encoderV1<Metric extends string>(metrics: Readonly<Record<Metric, MetricDescription>>): Encoder<Metric> {
  const writer = new WriteRequestWriter()
  return {
    measurements(nowMs, write) {
      writer.begin()
      write(sinkOf(writer, nowMs, () => {}))
      return pack(writer.finish(), writer.seriesCount, nowMs)
    },
    metadata(nowMs) {
      writer.begin()
      for (const [name, { type, help, unit }] of Object.entries<MetricDescription>(metrics)) {
        writer.metadata(name, type, help, unit)
      }
      return pack(writer.finish(), 0, nowMs)
    },
  }
}

function encoderV2<Metric extends string>(metrics: Readonly<Record<Metric, MetricDescription>>): Encoder<Metric> {
  const writer = new WriteRequestWriterV2()
  const describe = (metric: Metric) => {
    const { type, help, unit } = metrics[metric]
    writer.metadata(type, help, unit)
  }
  return {
    measurements(nowMs, write) {
      writer.begin()
      write(sinkOf(writer, nowMs, describe))
      return pack(writer.finish(), writer.seriesCount, nowMs)
    },
    metadata: () => null,
  }
}

type SeriesWriter = Pick<WriteRequestWriter, 'beginSeries' | 'sample' | 'histogram' | 'exemplar' | 'endSeries'>

function sinkOf<Metric extends string>(
  writer: SeriesWriter,
  nowMs: number,
  describe: (metric: Metric) => void,
): SeriesSink<Metric> {
  return {
    value(metric, labels, value) {
      writer.beginSeries(labels)
      writer.sample(value, nowMs)
      describe(metric)
      writer.endSeries()
    },
    histogram(metric, labels, histogram, exemplar) {
      writer.beginSeries(labels)
      writer.histogram(histogram, nowMs)
      if (exemplar) writer.exemplar(exemplar.labels, exemplar.value, nowMs)
      describe(metric)
      writer.endSeries()
    },
  }
}

const compressed = new Scratch()

/** Copies the body, because it may wait in a queue while the buffers are reused. */
const pack = (request: Buffer, samples: number, measuredMs: number): Batch => ({
  body: Buffer.from(encodeSnappy(request, compressed)),
  samples,
  measuredMs,
})
