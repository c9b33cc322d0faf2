import {
  encodeSnappy,
  type NativeHistogram,
  remoteWriteHeaders,
  Scratch,
  WriteRequestWriter,
} from '@tickwatch/remote-write'

export type { NativeHistogram }

/** A series of a test: its samples in the order of their Unix times. */
export type RawSeries = {
  labels: Readonly<Record<string, string>>
  samples?: readonly (readonly [seconds: number, value: number])[]
  histograms?: readonly (readonly [seconds: number, histogram: NativeHistogram])[]
}

/** Writes series to a Prometheus in one request. @throws Error with its answer, if it does not store all of them. */
export async function writeSamples(url: string, series: readonly RawSeries[]): Promise<void> {
  const writer = new WriteRequestWriter()
  writer.begin()
  for (const { labels, samples = [], histograms = [] } of series) {
    writer.beginSeries(
      Object.keys(labels)
        .sort()
        .flatMap((name) => [name, labels[name] ?? '']),
    )
    for (const [seconds, value] of samples) writer.sample(value, Math.round(seconds * 1_000))
    for (const [seconds, histogram] of histograms) writer.histogram(histogram, Math.round(seconds * 1_000))
    writer.endSeries()
  }
  const headers = { ...remoteWriteHeaders[1], 'content-encoding': 'snappy' }
  const body = Buffer.from(encodeSnappy(writer.finish(), new Scratch()))
  const answer = await fetch(`${url}/api/v1/write`, { method: 'POST', headers, body })
  if (answer.status !== 204) throw new Error(`Prometheus answers ${answer.status}: ${await answer.text()}`)
}

/** The series that a range query returns. */
export type RangeAnswer = { metric: Record<string, string>; values: [number, string][] }[]

/** @throws Error with Prometheus's reason */
export async function rangeQuery(
  url: string,
  query: string,
  start: number,
  end: number,
  step: number,
): Promise<RangeAnswer> {
  const body = new URLSearchParams({ query, start: `${start}`, end: `${end}`, step: `${step}` })
  const answer = (await (await fetch(`${url}/api/v1/query_range`, { method: 'POST', body })).json()) as {
    error?: string
    data?: { result: RangeAnswer }
  }
  if (!answer.data) throw new Error(answer.error)
  return answer.data.result
}
