import { Readable } from 'node:stream'
import type { RemoteWriter } from '@tickwatch/aws'
import type { RefusalReason } from '@tickwatch/policy'
import {
  atOnce,
  type RemoteWriteVersion,
  remoteWriteHeaders,
  type Scratch,
  WriteRequestWriter,
  WriteRequestWriterV2,
} from '@tickwatch/remote-write'
import { encodeOracleV1 } from '@tickwatch/remote-write/testing'
import { pino } from 'pino'
import { Metrics } from '../metrics.ts'
import { identityPattern } from '../server/identity.ts'
import type { IncomingRequest } from '../server/requestBody.ts'
import type { Tenant } from '../tenant/tenant.ts'
import type { Tenants } from '../tenant/tenants.ts'
import { Ingest } from '../write/ingest.ts'
import { Turns } from '../write/turns.ts'
import { WriteHandler } from '../write/write.ts'
import { snappy } from './testGateway.ts'

const writer = new WriteRequestWriter()
export const metrics = new Metrics('gateway-1')
/** The timestamp of all samples, in Unix milliseconds. */
export const epochMs = 1_800_000_000_000

/** A compressed request with one sample per series. */
export function samplesOf(series: readonly (readonly string[])[], timestampMs = Date.now()): Buffer {
  writer.begin()
  for (const labels of series) {
    writer.beginSeries(labels)
    writer.sample(42.5, timestampMs)
    writer.endSeries()
  }
  return snappy(writer.finish())
}

/** The labels of `count` different series. */
export const series = (count: number, name = 'tick_seconds') =>
  Array.from({ length: count }, (_, i) => ['__name__', name, 'region', 'eu', 'shard_id', `s${i}`])

/** A compressed request with one series, and one sample at each time. */
export function bodyOf(metric: string, timestampsMs: readonly number[]): Buffer {
  writer.begin()
  writer.beginSeries(['__name__', metric])
  for (const [i, timestampMs] of timestampsMs.entries()) writer.sample(i, timestampMs)
  writer.endSeries()
  return snappy(writer.finish())
}

/** A compressed request of 2.0 with so many series that differ in one label, and share the others and their help text. */
export function sharedTextsOf(count: number, labels: readonly string[]): Buffer {
  const into = new WriteRequestWriterV2()
  into.begin()
  for (let i = 0; i < count; i++) {
    into.beginSeries([...labels, 'shard_id', `${i}`])
    into.sample(i, epochMs)
    into.metadata('gauge', 'Help.', '')
    into.endSeries()
  }
  return snappy(into.finish())
}

/** A compressed request with one native histogram with custom buckets. */
export function customBucketsOf(bounds: number): Buffer {
  const histogram = { schema: -53, custom_values: Array.from({ length: bounds }, (_, i) => i), timestamp: epochMs }
  const labels = [{ name: '__name__', value: 'rpc_seconds' }]
  const timeseries = [{ labels, samples: [], exemplars: [], histograms: [histogram] }]
  return snappy(encodeOracleV1({ timeseries, metadata: [] }))
}

/** A write by a writer of the tenant, as Envoy would forward it. */
export const requestOf = (body: Readable, tenant = 'acme', version: RemoteWriteVersion = 1): IncomingRequest =>
  Object.assign(body, {
    headers: {
      'content-encoding': 'snappy',
      ...remoteWriteHeaders[version],
      'x-forwarded-client-cert': `URI=spiffe://tickwatch.local/tenant/${tenant}/writer/edge`,
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
    turns: new Turns(),
  })

export const writeOf = (samples: number) => requestOf(Readable.from([bodyOf('up', Array(samples).fill(epochMs))]))

/** An `Ingest` that reads and judges each request without a stop. */
export function ingestAtOnce() {
  const ingest = new Ingest()
  return {
    read: (body: Uint8Array, version: RemoteWriteVersion, bytesMax: number) =>
      atOnce(ingest.read(body, version, bytesMax, Number.POSITIVE_INFINITY)),
    keep: (tenant: Tenant, nowS: number, nowMs: number) => atOnce(ingest.keep(tenant, nowS, nowMs)),
    pack: (into: Scratch) => atOnce(ingest.pack(into)),
    countRefused: (tenant: Tenant, reason: RefusalReason, nowS: number) =>
      atOnce(ingest.countRefused(tenant, reason, nowS)),
  }
}
