import { Readable } from 'node:stream'
import type { RemoteWriter } from '@tickwatch/aws'
import { remoteWriteHeaders, WriteRequestWriter } from '@tickwatch/remote-write'
import { pino } from 'pino'
import { Metrics } from '../metrics.ts'
import { identityPattern } from '../server/identity.ts'
import type { IncomingRequest } from '../server/requestBody.ts'
import type { Tenants } from '../tenant/tenants.ts'
import { WriteHandler } from '../write/write.ts'
import { snappy } from './testGateway.ts'

const writer = new WriteRequestWriter()
const metrics = new Metrics()
/** When all samples are taken, Unix milliseconds. */
export const epochMs = 1_800_000_000_000

/** A compressed request of one sample a series. */
export function samplesOf(series: readonly (readonly string[])[], timestampMs = Date.now()): Buffer {
  writer.begin()
  for (const labels of series) {
    writer.beginSeries(labels)
    writer.sample(42.5, timestampMs)
    writer.endSeries()
  }
  return snappy(writer.finish())
}

/** Labels of different series. */
export const series = (count: number, name = 'tick_seconds') =>
  Array.from({ length: count }, (_, i) => ['__name__', name, 'region', 'eu', 'shard_id', `s${i}`])

/** Compressed, one series with one sample at each time. */
export function bodyOf(metric: string, timestampsMs: readonly number[]): Buffer {
  writer.begin()
  writer.beginSeries(['__name__', metric])
  for (const [i, timestampMs] of timestampsMs.entries()) writer.sample(i, timestampMs)
  writer.endSeries()
  return snappy(writer.finish())
}

/** As Envoy would pass it on, by a writer of acme. */
export const requestOf = (body: Readable): IncomingRequest =>
  Object.assign(body, {
    headers: {
      'content-encoding': 'snappy',
      ...remoteWriteHeaders[1],
      'x-forwarded-client-cert': 'URI=spiffe://tickwatch.local/tenant/acme/writer/edge',
    },
  })

const taken: RemoteWriter['write'] = async () => ({ status: 200, body: '', retryAfterSeconds: null })

/** @param monotonicMs the gateway's clock */
export const writeHandlerOf = (tenants: Tenants, monotonicMs: () => number, write = taken) =>
  new WriteHandler({
    tenants,
    upstream: { write, ready: async () => true, close: async () => {} },
    metrics,
    clock: { monotonicMs, epochMs: () => epochMs },
    log: pino({ level: 'silent' }),
    writers: identityPattern('tickwatch.local', 'writer'),
  })

export const writeOf = (samples: number) => requestOf(Readable.from([bodyOf('up', Array(samples).fill(epochMs))]))
