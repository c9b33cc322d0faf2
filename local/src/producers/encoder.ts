import {
  encodeSnappy,
  type RemoteWriteVersion,
  Scratch,
  WriteRequestWriter,
  WriteRequestWriterV2,
} from '@tickwatch/remote-write'
import type { GameServer, Sink } from './gameServer.ts'
import { type MetricName, metricNames, metrics } from './metrics.ts'

/** A request as it goes over the wire, and what it carries. */
export type Batch = { body: Buffer; samples: number; measuredMs: number }

/** Share of histograms that carry an exemplar: the trace of the slowest event. */
const exemplarShare = 0.05

const compressed = new Scratch()

export type Encoder = {
  /** What these servers measured, as one request; histograms count as samples. */
  measurements(servers: readonly GameServer[], nowMs: number): Batch
  /** Metadata of all metrics, or null where each request carries it. */
  metadata(nowMs: number): Batch | null
}

export function createEncoder(version: RemoteWriteVersion): Encoder {
  return version === 1 ? encoderV1() : encoderV2()
}

function encoderV1(): Encoder {
  const writer = new WriteRequestWriter()
  return {
    measurements(servers, nowMs) {
      writer.begin()
      const sink = sinkOf(writer, nowMs, () => {})
      for (const server of servers) server.write(sink)
      return pack(writer.finish(), writer.seriesCount, nowMs)
    },
    metadata(nowMs) {
      writer.begin()
      for (const name of metricNames) {
        const { type, help, unit } = metrics[name]
        writer.metadata(name, type, help, unit)
      }
      return pack(writer.finish(), 0, nowMs)
    },
  }
}

function encoderV2(): Encoder {
  const writer = new WriteRequestWriterV2()
  return {
    measurements(servers, nowMs) {
      writer.begin()
      const sink = sinkOf(writer, nowMs, (metric) => {
        const { type, help, unit } = metrics[metric]
        writer.metadata(type, help, unit)
      })
      for (const server of servers) server.write(sink)
      return pack(writer.finish(), writer.seriesCount, nowMs)
    },
    metadata: () => null,
  }
}

type SeriesWriter = Pick<WriteRequestWriter, 'beginSeries' | 'sample' | 'histogram' | 'exemplar' | 'endSeries'>

function sinkOf(writer: SeriesWriter, nowMs: number, describe: (metric: MetricName) => void): Sink {
  return {
    value(metric, labels, value) {
      writer.beginSeries(labels)
      writer.sample(value, nowMs)
      describe(metric)
      writer.endSeries()
    },
    histogram(metric, labels, histogram, slowestSeconds) {
      writer.beginSeries(labels)
      writer.histogram(histogram, nowMs)
      if (slowestSeconds > 0 && Math.random() < exemplarShare) {
        const traceId = Math.floor(Math.random() * 2 ** 48).toString(16)
        writer.exemplar(['trace_id', traceId], slowestSeconds, nowMs)
      }
      describe(metric)
      writer.endSeries()
    },
  }
}

/** Each series carries one point. The body is copied, since it may wait in a queue while the buffers are used again. */
const pack = (request: Buffer, samples: number, measuredMs: number): Batch => ({
  body: Buffer.from(encodeSnappy(request, compressed)),
  samples,
  measuredMs,
})
