import {
  decodeSnappy,
  encodeSeriesLabels,
  encodeSnappy,
  isBadData,
  MalformedRequest,
  MalformedSnappy,
  RequestTooLarge,
  Scratch,
  WriteRequestReader,
  WriteRequestWriter,
} from '@tickwatch/remote-write'
import type { Pool } from 'undici'
import { AmpFault } from './ampFault.ts'
import type { ElectedReplicas } from './ampReplicas.ts'

/** AMP's limit of a sample's age, and Cortex's of its lead (`creation_grace_period`). */
const sampleAgeMaxMs = 3_600_000
const sampleAheadMaxMs = 600_000
const decodedBytesMax = 128 * 1_048_576
/** Most requests to Prometheus for one write. Series that are not stored by then are dropped. */
const requestsMax = 64

const decoded = new Scratch()
const reader = new WriteRequestReader()
const writer = new WriteRequestWriter()
const encoded = new Scratch()

/**
 * Stores a write as Cortex does, on which AMP is built: it drops series with bad samples and stores all others. Prometheus
 * stores nothing of such a request, and after one sample far in the future it refuses all samples of now.
 *
 * Whether a request is of an elected replica, Cortex decides for the whole request by the labels of its first series.
 * @returns the answer: its status, and why series were dropped.
 * @throws AmpFault 400 if the body is not a write; 503 if Prometheus is away.
 */
export async function storeWrite(
  prometheus: Pool,
  body: Buffer,
  replicas: ElectedReplicas,
  nowMs: number,
): Promise<{ status: number; text: string }> {
  parse(body)
  const first = reader.seriesCount > 0 ? reader.labels(0) : []
  const [cluster, replica] = [labelValue(first, 'cluster'), labelValue(first, '__replica__')]
  const isOfPair = cluster !== null && replica !== null
  const notStored = isOfPair ? replicas.judge(cluster, replica, nowMs) : null
  if (notStored) return notStored
  const fault = await storeGoodPart(prometheus, isOfPair ? withoutReplica() : body, nowMs)
  return { status: fault === null ? 200 : 400, text: fault ?? '' }
}

/**
 * @param body the parsed request
 * @returns why series were dropped; null if none was.
 */
async function storeGoodPart(prometheus: Pool, body: Buffer, nowMs: number): Promise<string | null> {
  const timeFault = (series: number): string | null => {
    const [oldest, newest] = [reader.minTimestampMs(series), reader.maxTimestampMs(series)]
    if (oldest < nowMs - sampleAgeMaxMs) return `timestamp too old: ${oldest}`
    return newest > nowMs + sampleAheadMaxMs ? `timestamp too new: ${newest}` : null
  }
  const all = Array.from({ length: reader.seriesCount }, (_, series) => series)
  const faults = all.map(timeFault)
  const isInTime = faults.every((fault) => fault === null)
  // Most requests are passed on as they came.
  let waiting = [isInTime ? body : only(all.filter((series) => faults[series] === null))]
  let fault = faults.find((each) => each !== null) ?? null
  for (let sent = 0; waiting.length > 0 && sent < requestsMax; sent++) {
    const [next, ...others] = waiting as [Buffer, ...Buffer[]]
    const refusal = await send(prometheus, next)
    fault ??= refusal
    waiting = refusal === null ? others : [...halves(next), ...others]
  }
  return fault
}

/** @returns why Prometheus can never store this; null if it stored it. */
async function send(prometheus: Pool, body: Buffer): Promise<string | null> {
  const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' }
  const answer = await prometheus.request({ method: 'POST', path: '/api/v1/write', headers, body })
  const text = (await answer.body.text()).trim()
  if (answer.statusCode < 300) return null
  // For some bad data Prometheus 2 answers 500, and Cortex 400.
  if (answer.statusCode === 400 || (answer.statusCode === 500 && isBadData(text))) return text
  throw new AmpFault(503, 'InternalServerException', `The storage answered ${answer.statusCode}: ${text}`)
}

/** Two requests with half of the series each; none if there is only one, because that is the bad one. */
function halves(body: Buffer): Buffer[] {
  parse(body)
  const { seriesCount } = reader
  if (seriesCount < 2) return []
  const all = Array.from({ length: seriesCount }, (_, series) => series)
  const middle = seriesCount >>> 1
  return [only(all.slice(0, middle)), only(all.slice(middle))]
}

function parse(body: Buffer): void {
  try {
    reader.parse(decodeSnappy(body, decoded, decodedBytesMax), 1)
  } catch (cause) {
    if (cause instanceof RequestTooLarge) throw new AmpFault(413, 'RequestEntityTooLarge', cause.message)
    if (!(cause instanceof MalformedSnappy || cause instanceof MalformedRequest)) throw cause
    throw new AmpFault(400, 'ValidationException', cause.message)
  }
}

/** @param labels name, value, name, value, … */
function labelValue(labels: readonly string[], name: string): string | null {
  const at = labels.findIndex((text, i) => i % 2 === 0 && text === name)
  return at === -1 ? null : (labels[at + 1] as string)
}

/** The parsed request with the label `__replica__` removed from all of its series. It is the parsed request then. */
function withoutReplica(): Buffer {
  writer.begin()
  for (let series = 0; series < reader.seriesCount; series++) {
    const labels = reader.labels(series)
    const [name = '', value = '', ...others] = labels.filter((_, i) => labels[i - (i % 2)] !== '__replica__')
    writer.appendSeries(reader, series, encodeSeriesLabels(others, name, value).block)
  }
  writer.appendMetadata(reader)
  const body = Buffer.from(encodeSnappy(writer.finish(), encoded))
  parse(body)
  return body
}

/** The parsed request with only these of its series. */
function only(series: number[]): Buffer {
  writer.begin()
  for (const each of series) writer.appendUnchanged(reader, each)
  writer.appendMetadata(reader)
  return Buffer.from(encodeSnappy(writer.finish(), encoded))
}
