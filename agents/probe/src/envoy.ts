import { probeGatewayHeader, probeMetric, probePath } from '@tickwatch/policy'
import { remoteWriteHeaders } from '@tickwatch/remote-write'
import { createEncoder } from '@tickwatch/remote-write/sender'
import { type Dispatcher, Pool } from 'undici'
import type { Attempt, Edge } from './attempt.ts'
import type { Settings } from './settings.ts'

/**
 * As many as 1,000 tenants can have requests in flight, one each: while requests hang, none waits for the connection of another
 * tenant. Writers speak HTTP/1.1 only. Readers have 1,000 connections at Envoy, of all tenants together; over HTTP/2 a probe
 * has 100 requests on each.
 */
const writersConnectionsMax = 1_024
const readersConnectionsMax = 16
/** Longer than a round, so that connections are reused, and shorter than Envoy keeps them (300 s). */
const idleMs = 60_000
const connectMs = 3_000
/** An answer has one series. */
const answerBytesMax = 65_536

const encoder = createEncoder(1, { [probeMetric]: { type: 'gauge', help: '', unit: '' } })
const labels = ['__name__', probeMetric]
const writeHeaders = {
  ...remoteWriteHeaders[1],
  'content-encoding': 'snappy',
  'user-agent': 'tickwatch-probe',
}

/** Writes and reads through Envoy, as an agent and a dashboard do, over connections that stay open. */
export class EnvoyEdge implements Edge {
  readonly #writers: Pool
  readonly #readers: Pool

  constructor({ writersUrl, readersUrl, identity }: Pick<Settings, 'writersUrl' | 'readersUrl' | 'identity'>) {
    const options = {
      keepAliveTimeout: idleMs,
      keepAliveMaxTimeout: idleMs,
      connect: { ...identity, timeout: connectMs },
    }
    this.#writers = new Pool(new URL(writersUrl).origin, { ...options, connections: writersConnectionsMax })
    this.#readers = new Pool(new URL(readersUrl).origin, {
      ...options,
      connections: readersConnectionsMax,
      allowH2: true,
    })
  }

  write(tenantId: string, gateway: string, sentMs: number, timeoutMs: number): Promise<Attempt> {
    const { body } = encoder.measurements(sentMs, (sink) => sink.value(probeMetric, labels, sentMs / 1_000))
    return ask(this.#writers, timeoutMs, {
      method: 'POST',
      path: probePath(tenantId, 'write'),
      headers: { ...writeHeaders, [probeGatewayHeader]: gateway },
      body,
    })
  }

  async read(tenantId: string, gateway: string, sentMs: number, timeoutMs: number): Promise<Attempt> {
    const found: { body?: string } = {}
    const attempt = await ask(
      this.#readers,
      timeoutMs,
      {
        method: 'GET',
        path: `${probePath(tenantId, 'query')}?time=${sentMs / 1_000}`,
        headers: { 'user-agent': 'tickwatch-probe', [probeGatewayHeader]: gateway },
      },
      found,
    )
    if (attempt.kind !== 'ok') return attempt
    return hasSample(found.body ?? '', sentMs / 1_000)
      ? attempt
      : { kind: 'missing', why: 'the query did not return the sample' }
  }

  async close(): Promise<void> {
    await Promise.all([this.#writers.destroy(), this.#readers.destroy()])
  }
}

/** @param keep gets the body of a 2xx, if the caller wants it */
async function ask(
  pool: Pool,
  timeoutMs: number,
  request: Dispatcher.RequestOptions,
  keep?: { body?: string },
): Promise<Attempt> {
  // undici's own timers have a resolution of a second, and do not count the time until there is a connection.
  const signal = AbortSignal.timeout(Math.ceil(timeoutMs))
  try {
    const response = await pool.request({ ...request, signal })
    if (response.statusCode < 300) {
      if (keep) keep.body = await textOf(response)
      else await response.body.dump()
      return { kind: 'ok' }
    }
    const line = (await textOf(response)).split('\n', 1)[0]?.slice(0, 200) ?? ''
    // Each answer of a gateway has a receipt. Without one, Envoy answered.
    const kind = response.headers['x-request-id'] === undefined ? 'away' : 'failed'
    return { kind, why: `${response.statusCode}: ${line}` }
  } catch (cause) {
    return { kind: 'failed', why: cause instanceof Error ? cause.message : String(cause) }
  }
}

async function textOf({ body }: Dispatcher.ResponseData): Promise<string> {
  const text = await body.text()
  return text.length > answerBytesMax ? '' : text
}

type Answer = { data?: { result?: { value?: [number, string] }[] } }

/** Whether Prometheus's answer to an instant query has a series with this value. */
export function hasSample(body: string, value: number): boolean {
  try {
    const { data } = JSON.parse(body) as Answer
    return data?.result?.some((series) => Number(series.value?.[1]) === value) ?? false
  } catch {
    return false
  }
}
