import { setTimeout as wait } from 'node:timers/promises'
import type { WriteRequestWriter } from '@tickwatch/remote-write'
import type { MakeNoise, Noise } from './noise.ts'
import { writeBody, writerOf } from './writer.ts'

/** The default limit of requests, which the tenant of the test has. */
const requestsPerSecond = 100
const openMax = 64
const bombBytes = 4 * 1_048_576
/** All labels that the platform's schema allows on any metric, but one. */
const names = ['az', 'build_id', 'cluster', 'instance', 'instance_type', 'job', 'queue', 'region', 'asn_bucket']

/** Labels in the reverse of the order in which they are stored, so that sorting them costs most. */
function unsorted(name: string, shardId: string, asnBucket = 'as'): string[] {
  const pairs = names
    .toSorted()
    .map((label) => [label, label === 'asn_bucket' ? asnBucket : `${label}-${'v'.repeat(20)}`])
  return ['shard_id', shardId, ...pairs.reverse().flat(), '__name__', name]
}

const series = (into: WriteRequestWriter, of: readonly string[], timestampMs: number | null) => {
  into.beginSeries(of)
  if (timestampMs !== null) into.sample(1, timestampMs)
  into.endSeries()
}

/** The requests that cost most, each of a kind of its own. */
const kinds: ((run: number) => Buffer)[] = [
  // New series: the tenant is at its limit of active series after a few of them.
  (run) =>
    writeBody((into) => {
      for (let i = 0; i < 1_000; i++) series(into, unsorted('noisy_churn', `${run}-${i}`), Date.now())
    }),
  // 200 KB that expand to 4 MiB of series without samples, which are parsed and cost no samples.
  () =>
    writeBody((into) => {
      for (let bytes = 0; bytes < bombBytes; bytes += 18) series(into, ['__name__', 'bomb'], null)
    }),
  // Refused in part, each part for its own reason.
  (run) =>
    writeBody((into) => {
      const hourOld = Date.now() - 3_700_000
      for (let i = 0; i < 300; i++) {
        const of = unsorted('noisy_partly', `${run % 4}-${i}`, i % 3 === 1 ? 'x'.repeat(300) : 'as')
        series(into, of, i % 3 === 2 ? hourOld : Date.now())
      }
    }),
  // More than a burst: 4 MiB with all its labels, read to its end and then refused.
  () =>
    writeBody((into) => {
      for (let i = 0; i < 12_000; i++) series(into, unsorted('noisy_burst', `${i}`), Date.now())
    }),
  // The largest native histograms.
  (run) =>
    writeBody((into) => {
      const buckets = 5_000
      for (let i = 0; i < 20; i++) {
        into.beginSeries(unsorted('noisy_histogram', `${run % 4}-${i}`))
        const positiveDeltas = [1, ...Array<number>(buckets - 1).fill(0)]
        const positiveSpans = [{ offset: 0, length: buckets }]
        const counts = { zeroCount: 0, count: buckets, sum: buckets }
        into.histogram({ schema: 8, zeroThreshold: 1e-9, ...counts, positiveSpans, positiveDeltas }, Date.now())
        into.endSeries()
      }
    }),
]

/** Sends the requests that cost most, as many as the tenant may send, and does not wait when it is told to. */
export async function prepareWrites(noise: Extract<Noise, { way: 'writes' }>): Promise<MakeNoise> {
  const bodies = Array.from({ length: 40 * kinds.length }, (_, i) => {
    const kind = i % kinds.length
    // Only the first and third kind differ from run to run.
    return kind === 1 || kind === 3 ? null : (kinds[kind] as (typeof kinds)[number])(Math.floor(i / kinds.length))
  })
  const same = kinds.map((make, kind) => (kind === 1 || kind === 3 ? make(0) : null))
  const { send, close } = writerOf(noise.url, noise.ca, noise.certificate, openMax)
  return async (endsMs, count) => {
    const startedMs = Date.now()
    const open = new Set<Promise<void>>()
    for (let i = 0; Date.now() < endsMs; i++) {
      const body = bodies[i % bodies.length] ?? same[i % kinds.length]
      if (body && open.size < openMax) {
        const one = send(body)
          .then((status) => count(String(status)))
          .catch(() => count('failed'))
          .finally(() => open.delete(one))
        open.add(one)
      }
      await wait(Math.max(0, startedMs + ((i + 1) * 1_000) / requestsPerSecond - Date.now()))
    }
    await Promise.all(open)
    close()
  }
}
