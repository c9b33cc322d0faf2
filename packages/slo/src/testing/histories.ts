import fc from 'fast-check'
import type { Counter } from './bruteForce.ts'

/** What happens to a counter that is scraped every 15 s. The numbers are those of scrapes. */
type History = {
  offset: number
  born: number
  startValue: number
  growth: readonly number[]
  resets: readonly number[]
  gaps: readonly { from: number; length: number }[]
  late: { from: number; length: number }
}
/** The samples of a counter that is scraped so often. */
export const histories = (startSeconds: number, scrapes: number): fc.Arbitrary<Samples> =>
  historiesOf(scrapes).map((history) => samplesOf(history, startSeconds, scrapes))

const historiesOf = (scrapes: number): fc.Arbitrary<History> =>
  fc.record({
    offset: fc.constantFrom(0, 7, 14.5),
    born: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: scrapes - 10 })),
    startValue: fc.oneof(fc.constant(0), fc.constant(1), fc.integer({ min: 0, max: 1_000_000 })),
    growth: fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 50 })), { minLength: 1, maxLength: 30 }),
    resets: fc.array(fc.integer({ min: 1, max: scrapes }), { maxLength: 3 }),
    gaps: fc.array(
      fc.record({ from: fc.integer({ min: 1, max: scrapes }), length: fc.constantFrom(1, 3, 4, 5, 30, 300) }),
      { maxLength: 3 },
    ),
    late: fc.record({ from: fc.integer({ min: 1, max: scrapes }), length: fc.constantFrom(0, 1, 10, 60) }),
  })

type Samples = { all: Counter; inTime: Counter; late: Counter }

/** The samples of a counter, of which some arrive after the later ones. */
function samplesOf(
  { offset, born, startValue, growth, resets, gaps, late }: History,
  startSeconds: number,
  scrapes: number,
): Samples {
  const isIn = (scrape: number, { from, length }: { from: number; length: number }) =>
    scrape >= from && scrape < from + length
  const samples: { scrape: number; sample: readonly [number, number] }[] = []
  let value = startValue
  for (let scrape = born; scrape < scrapes; scrape++) {
    if (resets.includes(scrape)) value = 0
    value += growth[scrape % growth.length] ?? 0
    if (gaps.some((gap) => isIn(scrape, gap))) continue
    samples.push({ scrape, sample: [startSeconds + offset + scrape * 15, value] })
  }
  const pick = (wanted: boolean) =>
    samples.filter(({ scrape }) => isIn(scrape, late) === wanted).map(({ sample }) => sample)
  return { all: samples.map(({ sample }) => sample), inTime: pick(false), late: pick(true) }
}

/** A native histogram with so many events in (2 s, 4 s], (4 s, 8 s] and (8 s, 16 s]. */
export function nativeHistogram([fast, slower, slow]: readonly [number, number, number]) {
  const count = fast + slower + slow
  const buckets = {
    positiveSpans: [{ offset: 2, length: 3 }],
    positiveDeltas: [fast, slower - fast, slow - slower],
  }
  const of = count === 0 ? { positiveSpans: [], positiveDeltas: [] } : buckets
  return { schema: 0, zeroThreshold: 0, zeroCount: 0, count, sum: fast * 3 + slower * 6 + slow * 12, ...of }
}
