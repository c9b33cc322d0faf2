// Random histories of a tenant at some gateways, as the scrapes of their metrics; and the figures of a range by brute
// force over these scrapes.
import type { MeteredLimit } from '@tickwatch/policy'
import fc from 'fast-check'

const scrapeSeconds = 5
const day = 86_400
const windowSeconds = 20

/** A scrape: seconds since the epoch, and the counter or gauge. */
export type Raw = { t: number; value: number }[]
/** The scrapes of one gateway: counters, and the gauges of the active series and those over the limit. */
export type GatewayHistory = { instance: string; used: Raw; refused: Raw; active: Raw; overLimit: Raw }

type Leg = { scrapes: number; used: number; refused: number; event: 'none' | 'gap' | 'reset' }

const leg: fc.Arbitrary<Leg> = fc.record({
  scrapes: fc.integer({ min: 1, max: 40 }),
  used: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5_000 })),
  refused: fc.oneof(
    { weight: 3, arbitrary: fc.constant(0) },
    { weight: 1, arbitrary: fc.integer({ min: 1, max: 900 }) },
  ),
  event: fc.constantFrom('none', 'none', 'none', 'gap', 'reset'),
})

/**
 * Some periods of traffic in the 30 days before `end`, with counter resets, lost scrapes, and counters that are first
 * scraped after they began. Before the first period the tenant did not exist.
 */
export const usageHistory = (end: number): fc.Arbitrary<GatewayHistory[]> => {
  const period = fc.record({
    beforeEnd: fc
      .constantFrom(3_000, 6 * 3_600, day, 7 * day, 29 * day)
      .chain((most) => fc.integer({ min: 0, max: most })),
    legs: fc.array(leg, { minLength: 1, maxLength: 5 }),
  })
  const gateway = fc.record({
    periods: fc.array(period, { minLength: 1, maxLength: 4 }),
    offsetMs: fc.integer({ min: 1, max: 4_999 }),
    startsAt: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100_000 })),
  })
  return fc.array(gateway, { minLength: 1, maxLength: 3 }).map((gateways) =>
    gateways.map(({ periods, offsetMs, startsAt }, i): GatewayHistory => {
      const [used, refused, active, overLimit]: [Raw, Raw, Raw, Raw] = [[], [], [], []]
      let [usedValue, refusedValue] = [startsAt, startsAt]
      let next = 0
      for (const { beforeEnd, legs } of periods.toSorted((a, b) => b.beforeEnd - a.beforeEnd)) {
        let t = Math.floor((end - beforeEnd) / scrapeSeconds) * scrapeSeconds + offsetMs / 1_000
        if (t < next) continue
        for (const { scrapes, event, ...rate } of legs) {
          if (event === 'reset') [usedValue, refusedValue] = [0, 0]
          for (let n = 0; n < scrapes && t < end; n++, t += scrapeSeconds) {
            usedValue += rate.used * scrapeSeconds
            refusedValue += rate.refused * scrapeSeconds
            if (event === 'gap') continue
            used.push({ t, value: usedValue })
            active.push({ t, value: rate.used })
            overLimit.push({ t, value: rate.refused })
            // A counter of refusals exists from the first refusal on.
            if (refusedValue > 0) refused.push({ t, value: refusedValue })
          }
        }
        next = t
      }
      return { instance: `g${i}`, used, refused, active, overLimit }
    }),
  )
}

/** The highest value of the window. */
function most(raw: Raw, t: number): number | null {
  const inside = raw.filter((sample) => sample.t >= t - windowSeconds && sample.t <= t)
  return inside.length === 0 ? null : Math.max(...inside.map(({ value }) => value))
}

/** What `rate` of Prometheus gives for the samples of a window: the increase, extrapolated towards the window's ends. */
function rate(raw: Raw, t: number): number | null {
  const inside = raw.filter((sample) => sample.t >= t - windowSeconds && sample.t <= t)
  const [first, last] = [inside[0], inside.at(-1)]
  if (!first || !last || first === last) return null
  let increase = last.value - first.value
  for (let i = 1; i < inside.length; i++) {
    const [before, after] = [inside[i - 1]?.value ?? 0, inside[i]?.value ?? 0]
    if (after < before) increase += before
  }
  const sampled = last.t - first.t
  const between = sampled / (inside.length - 1)
  // A counter is never below 0, so it did not begin before it would have been 0.
  const untilZero = increase > 0 ? sampled * (first.value / increase) : Number.POSITIVE_INFINITY
  const reach = (gap: number) => (gap < between * 1.1 ? gap : between / 2)
  const covered = sampled + reach(Math.min(first.t - (t - windowSeconds), untilZero)) + reach(t - last.t)
  return (increase * (covered / sampled)) / windowSeconds
}

function sum(rates: (number | null)[]): number | null {
  const known = rates.filter((one) => one !== null)
  return known.length === 0 ? null : known.reduce((total, one) => total + one, 0)
}

/** What was used of the limit, and refused because of it, at `t`. Null if nothing was measured. */
function figuresAt(limit: MeteredLimit, gateways: readonly GatewayHistory[], t: number) {
  const rates = sum(gateways.map(({ refused }) => rate(refused, t)))
  if (limit !== 'series.activeMax') return { used: sum(gateways.map(({ used }) => rate(used, t))), refused: rates }
  const series = sum(gateways.map(({ overLimit }) => most(overLimit, t)))
  // Series count as refused only while samples are, and then there is at least one.
  return {
    used: sum(gateways.map(({ active }) => most(active, t))),
    refused: (rates ?? 0) > 0 ? Math.max(1, series ?? 1) : null,
  }
}

export type Figures = { highestUse: number; highestRefused: number; refusedSeconds: number; sinceSeconds: number }

/** The figures of the range: at every 15 s, from the scrapes of the 20 s before. Null if nothing was measured. */
export function bruteForce(
  limit: MeteredLimit,
  gateways: readonly GatewayHistory[],
  from: number,
  to: number,
): Figures | null {
  const figures = { highestUse: 0, highestRefused: 0, refusedSeconds: 0, sinceSeconds: Number.POSITIVE_INFINITY }
  const scraped = gateways.flatMap(({ used }) => used.map(({ t }) => t))
  const steps = new Set(scraped.flatMap((t) => [0, 15, 30].map((more) => Math.floor(t / 15) * 15 + more)))
  for (const t of [...steps].filter((step) => step > from && step <= to)) {
    const { used, refused } = figuresAt(limit, gateways, t)
    if (used === null && refused === null) continue
    figures.highestUse = Math.max(figures.highestUse, used ?? 0)
    figures.highestRefused = Math.max(figures.highestRefused, refused ?? 0)
    if ((refused ?? 0) > 0) figures.refusedSeconds += 15
    figures.sinceSeconds = Math.min(figures.sinceSeconds, t)
  }
  return Number.isFinite(figures.sinceSeconds) ? figures : null
}

/**
 * More than this was never used, all gateways together: of a counter the highest increase per second between two scrapes
 * that follow each other, of a gauge its highest value.
 */
export const usedAtMost = (limit: MeteredLimit, gateways: readonly GatewayHistory[]): number =>
  gateways.reduce((total, { active, used }) => {
    if (limit === 'series.activeMax') return total + Math.max(0, ...active.map(({ value }) => value))
    const increases = used.slice(1).map((sample, i) => {
      const before = used[i] as Raw[number]
      return (sample.value - (sample.value < before.value ? 0 : before.value)) / (sample.t - before.t)
    })
    return total + Math.max(0, ...increases)
  }, 0)
