import type { MetricsQuery } from '@tickwatch/aws'
import { type Definition, stepEndOf } from '@tickwatch/slo'
import { describe, expect, it } from 'vitest'
import { createSamples, stepsOf } from './slo.samples.ts'

const stepSeconds = 60
const slo = (groupBy: string[]) => ({ id: 'one', definition: { groupBy } as unknown as Definition })
/** A rule that runs 20 s after each minute. Of each step a tenth of its number are all events. */
const writtenAt = (endSeconds: number) => endSeconds + 80

/** A store that knows a sample of each step, and how many it was asked for. */
function store() {
  const asked: { query: string; steps: number }[] = []
  const instant: MetricsQuery['instant'] = async (query, at = 0) => {
    const [, rangeMs = ''] = /\[(\d+)ms\]$/.exec(query) ?? []
    const from = at - Number(rangeMs) / 1_000
    const points: [number, number][] = []
    for (let end = Math.floor(from / 60) * 60 - 120; end <= at; end += 60) {
      const t = writtenAt(end)
      if (t >= from && t <= at) points.push([t, end / 600])
    }
    asked.push({ query, steps: points.length })
    const series = (event: string, values: [number, number][]) => ({ labels: { event }, points: values })
    return [
      series('total', points),
      series(
        'bad',
        points.map(([t]) => [t, 1]),
      ),
    ]
  }
  const amp: MetricsQuery = { instant, range: () => Promise.reject(new Error('not a group')) }
  return { amp, asked }
}
const expected = (from: number, to: number) =>
  Array.from({ length: (to - from) / 60 }, (_, i) => {
    const endSeconds = from + (i + 1) * 60
    return { endSeconds, bad: 1, total: endSeconds / 600 }
  })

describe('the steps of a group', () => {
  it('has each step once, also when time goes on, and reads only the newest again', async () => {
    const { amp, asked } = store()
    const samples = createSamples(stepSeconds)
    const day = 86_400
    const between = (from: number, to: number) => samples.between(amp, slo([]), {}, { from, to })
    expect(await between(day, 20 * day)).toEqual(expected(day, 20 * day))
    // A week of minutes is the most that one answer may have.
    expect(asked.map(({ steps }) => steps)).toEqual([10_080, 10_080, 7_200])
    asked.length = 0
    for (const later of [0, 60, 120, 600]) {
      const [from, to] = [day + later, 20 * day + later]
      expect(await between(from, to)).toEqual(expected(from, to))
    }
    expect(asked.map(({ steps }) => steps)).toEqual([5, 6, 6, 13])
  })

  it('are read again if they must begin earlier, or after a long time', async () => {
    const { amp, asked } = store()
    const samples = createSamples(stepSeconds)
    const between = (from: number, to: number) => samples.between(amp, slo([]), {}, { from, to })
    await between(36_000, 72_000)
    expect(await between(0, 72_000)).toEqual(expected(0, 72_000))
    expect(await between(720_000, 756_000)).toEqual(expected(720_000, 756_000))
    expect(asked.map(({ steps }) => steps)).toEqual([600, 1_200, 600])
  })

  it('are those of this group only, as the SLO groups today', async () => {
    const { amp, asked } = store()
    const samples = createSamples(stepSeconds)
    const acme = { tenant_id: 'a"c' }
    await samples.between(amp, slo(['tenant_id', 'zone']), acme, { from: 0, to: 60 })
    await samples.between(amp, slo(['tenant_id']), acme, { from: 0, to: 60 })
    expect(asked.map(({ query }) => query.slice(0, query.indexOf('[')))).toEqual([
      String.raw`slo:events:step{tenant="tickwatch",slo="one",tenant_id="a\"c",zone="",event=~"bad|total"}`,
      String.raw`slo:events:step{tenant="tickwatch",slo="one",tenant_id="a\"c",event=~"bad|total"}`,
    ])
  })
})

describe('the steps in an answer', () => {
  const series = (event: string, ...values: (number | null)[]) => ({
    labels: { event },
    points: values.map((value, i): [number, number | null] => [writtenAt((i + 1) * 60), value]),
  })
  const endOf = (at: number) => stepEndOf(at, stepSeconds)

  it('have the bad and all events of each, in order', () => {
    expect(stepsOf([series('bad', 0, 1), series('total', 5, 6)], endOf)).toEqual([
      { endSeconds: 60, bad: 0, total: 5 },
      { endSeconds: 120, bad: 1, total: 6 },
    ])
  })

  it('are only those with a total', () => {
    expect(stepsOf([series('bad', 1, 1), series('total', null, 6)], endOf)).toEqual([
      { endSeconds: 120, bad: 1, total: 6 },
    ])
  })
})
