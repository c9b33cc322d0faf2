import { type RefusalReason, refusalReasons } from '@tickwatch/policy'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { RefusalCounts } from './refusalCounts.ts'

const startS = 3_000
const epochOf = (nowS: number) => Date.UTC(2026, 10, 28, 12) + nowS * 1_000
const at = (nowS: number) => new Date(epochOf(nowS)).toISOString()
const reason = 'active-series'

function refuse(counts: RefusalCounts, labels: readonly string[], nowS: number, writer = 'eu-1') {
  counts.add(reason, writer, 1, nowS)
  const weight = counts.weight(reason, nowS)
  if (weight > 0) counts.examine(reason, labels, weight, nowS)
}

describe('the causes of refusals', () => {
  it('name the metrics, the labels with the most values, and the writers', () => {
    const counts = new RefusalCounts(startS)
    for (let i = 0; i < 30; i++) {
      const metric = i < 20 ? 'kills_total' : 'deaths_total'
      refuse(
        counts,
        ['__name__', metric, 'match', `m${i}`, 'region', `r${i % 3}`],
        startS + 1,
        i < 25 ? 'eu-1' : 'us-1',
      )
    }
    expect(counts.report(startS + 2, epochOf(startS + 2))).toEqual({
      since: at(startS),
      causes: [
        {
          reason,
          samples: 30,
          metrics: [
            { name: 'kills_total', samples: 20 },
            { name: 'deaths_total', samples: 10 },
          ],
          labels: [
            { name: 'match', values: 30 },
            { name: 'region', values: 3 },
          ],
          writers: [
            { name: 'eu-1', samples: 25 },
            { name: 'us-1', samples: 5 },
          ],
        },
      ],
    })
  })

  it('are those of a part of a series that is refused for its size', () => {
    const counts = new RefusalCounts(startS)
    const labels = Array.from({ length: 10_000 }, (_, i) => (i % 2 === 0 ? `l${i}` : 'x'.repeat(2_000)))
    counts.add(reason, 'eu-1', 1, startS)
    counts.examine(reason, ['__name__', 'up', ...labels], 1, startS)
    expect(counts.report(startS, epochOf(startS))?.causes[0]).toMatchObject({
      metrics: [{ name: 'up', samples: 1 }],
      labels: Array.from({ length: 10 }, () => ({ values: 1 })),
    })
  })

  it('cover at most the last hour, and say since when', () => {
    const counts = new RefusalCounts(startS)
    refuse(counts, ['__name__', 'old'], startS)
    refuse(counts, ['__name__', 'new'], startS + 2_400)
    expect(counts.report(startS + 2_500, epochOf(startS + 2_500))?.causes[0]?.samples).toBe(2)
    expect(counts.report(startS + 3_600, epochOf(startS + 3_600))).toMatchObject({
      since: at(startS + 600),
      causes: [{ samples: 1, metrics: [{ name: 'new', samples: 1 }] }],
    })
    expect(counts.report(startS + 9_000, epochOf(startS + 9_000))).toBeNull()
  })

  it('are due every 5 s, until 30 s after the last refusal', () => {
    const counts = new RefusalCounts(startS)
    expect(counts.isDue(startS)).toBe(false)
    refuse(counts, ['__name__', 'up'], startS)
    expect(counts.isDue(startS)).toBe(true)
    counts.report(startS, epochOf(startS))
    expect([4, 5, 30, 31].map((s) => counts.isDue(startS + s))).toEqual([false, true, true, false])
  })

  it('never contain an id in a name', () => {
    const counts = new RefusalCounts(startS)
    refuse(counts, ['__name__', 'player_76561198012345678_kills', 'mara@acme.example', 'x'], startS)
    const report = JSON.stringify(counts.report(startS, epochOf(startS)))
    expect(report).toContain('player_#_kills')
    expect(report).not.toMatch(/7656|mara/)
  })

  it('hold while series explode: few are examined, and the figures stay about right', () => {
    const counts = new RefusalCounts(startS)
    let examined = 0
    for (let i = 0; i < 100_000; i++) {
      counts.add(reason, 'eu-1', 1, startS)
      const weight = counts.weight(reason, startS)
      if (weight === 0) continue
      examined += 1
      counts.examine(reason, ['__name__', i % 4 === 0 ? 'rare' : 'often', 'match', `m${i}`], weight, startS)
    }
    expect(examined).toBeLessThan(7_200)
    const [cause] = counts.report(startS, epochOf(startS))?.causes ?? []
    expect(cause?.samples).toBe(100_000)
    const [often, rare] = cause?.metrics ?? []
    expect([often?.name, rare?.name]).toEqual(['often', 'rare'])
    // Three times as many, give or take ten standard errors.
    expect(Math.abs((often?.samples ?? 0) / 75_000 - 1)).toBeLessThan(0.15)
    expect(cause?.labels[0]?.values).toBeGreaterThan(3_000)
  })

  it('are those of the largest reasons, whichever came first, and of none that refused nothing', () => {
    const counts = new RefusalCounts(startS)
    const reasons = Object.keys(refusalReasons) as RefusalReason[]
    for (const [i, each] of reasons.entries()) counts.add(each, 'eu-1', i + 1, startS)
    const reported = counts.report(startS, epochOf(startS))?.causes.map(({ reason }) => reason)
    expect(reported).toEqual(reasons.toReversed().slice(0, 8))
    const examined = new RefusalCounts(startS)
    examined.examine(reason, ['__name__', 'up'], 1, startS)
    expect(examined.report(startS, epochOf(startS))).toBeNull()
  })

  it('stay small whatever is sent', () => {
    const series = fc.array(fc.array(fc.string(), { minLength: 2, maxLength: 12 }), { maxLength: 200 })
    const anyReason = fc.constantFrom(...(Object.keys(refusalReasons) as RefusalReason[]))
    fc.assert(
      fc.property(series, fc.array(anyReason, { maxLength: 200 }), (labels, reasons) => {
        const counts = new RefusalCounts(startS)
        for (const each of labels) refuse(counts, each.slice(0, each.length - (each.length % 2)), startS)
        for (const each of reasons) counts.add(each, each, 1, startS)
        const report = counts.report(startS, epochOf(startS))
        expect(report?.causes.length ?? 0).toBeLessThanOrEqual(8)
        for (const { metrics, labels, writers } of report?.causes ?? []) {
          for (const list of [metrics, labels, writers]) expect(list.length).toBeLessThanOrEqual(10)
        }
      }),
    )
  })
})
