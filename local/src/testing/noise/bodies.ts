import {
  encodeSnappy,
  type NativeHistogram,
  type RemoteWriteVersion,
  Scratch,
  WriteRequestWriter,
  WriteRequestWriterV2,
} from '@tickwatch/remote-write'

const writer = new WriteRequestWriter()
const packed = new Scratch()

const packedBody = (bytes: Buffer) => Buffer.from(encodeSnappy(bytes, packed))

/** A compressed request of remote write 1.0. */
export function writeBody(fill: (writer: WriteRequestWriter) => void): Buffer {
  writer.begin()
  fill(writer)
  return packedBody(writer.finish())
}

const bombBytes = 4 * 1_048_576
const minuteMs = 60_000
/** All labels that the platform's schema allows on any metric, but one. */
const names = ['az', 'build_id', 'cluster', 'instance', 'instance_type', 'job', 'queue', 'region', 'asn_bucket']

/** Labels in the reverse of the order in which they are stored, so that sorting them costs most. */
function unsorted(name: string, shardId: string, asnBucket = 'as'): string[] {
  const pairs = names
    .toSorted()
    .map((label) => [label, label === 'asn_bucket' ? asnBucket : `${label}-${'v'.repeat(20)}`])
  return ['shard_id', shardId, ...pairs.reverse().flat(), '__name__', name]
}

const series = (into: WriteRequestWriter, of: readonly string[], ...timestampsMs: number[]) => {
  into.beginSeries(of)
  for (const [i, timestampMs] of timestampsMs.entries()) into.sample(1 + i, timestampMs)
  into.endSeries()
}

/** Histograms for which a storage may answer a server error, so that a sender would send them again forever. */
const unsound: readonly Partial<NativeHistogram>[] = [
  { positiveSpans: [{ offset: 0, length: 4 }] },
  { count: 0, positiveDeltas: [1, -2, 2] },
  { count: 10 },
  { schema: 20 },
]

const varint = (value: number): number[] =>
  value < 0x80 ? [value] : [(value % 0x80) | 0x80, ...varint(Math.floor(value / 0x80))]
/** A field of protobuf that contains others. @param tag its bytes */
const message = (tag: number[], ...parts: Uint8Array[]): Buffer => {
  const inside = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([...tag, ...varint(inside.length)]), inside])
}
const label = (name: string, value: string) =>
  message([0x0a], message([0x0a], Buffer.from(name)), message([0x12], Buffer.from(value)))

/** A series of 1.0 with a native histogram with custom buckets, which the writer can't write. */
function customBuckets(name: string, bounds: number): Buffer {
  const ascending = new Float64Array(bounds).map((_, i) => i)
  const timestamp = Buffer.from([0x78, ...varint(Date.now())])
  const schema = Buffer.of(0x20, 105)
  const histogram = message([0x22], schema, timestamp, message([0x82, 0x01], new Uint8Array(ascending.buffer)))
  return message([0x0a], label('__name__', name), label('queue', 'v'.repeat(200)), histogram)
}

/** The largest query of that PromQL which takes longest to parse. */
export const costlyPromql = `label_join(${'-1,'.repeat(5_457)}1)`

/** A request that costs a gateway as much as one can that is within the limits, or is just over one. */
export type CostlyBody = {
  version: RemoteWriteVersion
  /** Whether each run has other series. */
  varies: boolean
  make: (run: number) => Buffer
}

/** Each costs in its own way. */
export const costlyBodies: Record<string, CostlyBody> = {
  // If the storage accepted one, it would refuse all samples of now, of every tenant. This and the next two are first and small,
  // because the large ones use up what the tenant may send.
  'samples a year ahead': {
    version: 1,
    varies: false,
    make: () =>
      writeBody((into) => {
        const yearAhead = Date.now() + 365 * 24 * 60 * minuteMs
        for (let i = 0; i < 50; i++) series(into, unsorted('noisy_ahead', `${i}`), Date.now(), yearAhead)
      }),
  },
  'unsound histograms': {
    version: 1,
    varies: false,
    make: () =>
      writeBody((into) => {
        const counts = { schema: 0, zeroThreshold: 1e-9, zeroCount: 0, count: 6, sum: 9.5 }
        const sound = { ...counts, positiveSpans: [{ offset: 0, length: 3 }], positiveDeltas: [1, 1, 1] }
        for (let i = 0; i < 100; i++) {
          into.beginSeries(unsorted('noisy_unsound', `${i}`))
          into.histogram({ ...sound, ...unsound[i % unsound.length] }, Date.now())
          into.endSeries()
        }
      }),
  },
  // Only the storage knows the newest sample of a series. Prometheus answers 500 for one that is too old beside it.
  'samples that are too old beside newer ones': {
    version: 1,
    varies: false,
    make: () =>
      writeBody((into) => {
        const newest = Date.now()
        for (let i = 0; i < 50; i++) series(into, unsorted('noisy_late', `${i}`), newest, newest - 15 * minuteMs)
      }),
  },
  'new series': {
    version: 1,
    varies: true,
    make: (run) =>
      writeBody((into) => {
        for (let i = 0; i < 1_000; i++) series(into, unsorted('noisy_churn', `${run}-${i}`), Date.now())
      }),
  },
  // 200 KB that expand to 4 MiB, are parsed, and cost no samples.
  'series without samples': {
    version: 1,
    varies: false,
    make: () =>
      writeBody((into) => {
        for (let bytes = 0; bytes < bombBytes; bytes += 18) series(into, ['__name__', 'bomb'])
      }),
  },
  'refused in part, for three reasons': {
    version: 1,
    varies: true,
    make: (run) =>
      writeBody((into) => {
        const hourOld = Date.now() - 3_700_000
        for (let i = 0; i < 300; i++) {
          const of = unsorted('noisy_partly', `${run % 4}-${i}`, i % 3 === 1 ? 'x'.repeat(300) : 'as')
          series(into, of, i % 3 === 2 ? hourOld : Date.now())
        }
      }),
  },
  // 4 MiB with all their labels, read to the end and then refused.
  'over the burst': {
    version: 1,
    varies: false,
    make: () =>
      writeBody((into) => {
        for (let i = 0; i < 12_000; i++) series(into, unsorted('noisy_burst', `${i}`), Date.now())
      }),
  },
  'native histograms of 5,000 buckets': {
    version: 1,
    varies: true,
    make: (run) =>
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
  },
  'one series of 900,000 labels': {
    version: 1,
    varies: false,
    make: () =>
      writeBody((into) => {
        series(
          into,
          Array.from({ length: 1_800_000 }, (_, i) => (i % 2 === 0 ? 'a' : 'b')),
          Date.now(),
        )
      }),
  },
  'one series of 9,000 samples, half of them too old': {
    version: 1,
    varies: false,
    make: () =>
      writeBody((into) => {
        into.beginSeries(['__name__', 'noisy_samples'])
        for (let i = 0; i < 9_000; i++) into.sample(i, Date.now() - 3_600_000 + (i - 4_500) * 100)
        into.endSeries()
      }),
  },
  'a histogram of 8,000 custom buckets': {
    version: 1,
    varies: false,
    make: () => packedBody(customBuckets('noisy_custom', 8_000)),
  },
  // 170 KB that have 16 MB when each series has its own texts.
  'series of 2.0 that share long labels': {
    version: 2,
    varies: false,
    make: () => {
      const into = new WriteRequestWriterV2()
      into.begin()
      for (let i = 0; i < 5_000; i++) {
        into.beginSeries(['__name__', 'noisy_shared', ...names.flatMap((name) => [name, `${name}-${'v'.repeat(240)}`])])
        into.sample(i, Date.now())
        into.metadata('gauge', 'h'.repeat(900), '')
        into.endSeries()
      }
      return packedBody(into.finish())
    },
  },
}
