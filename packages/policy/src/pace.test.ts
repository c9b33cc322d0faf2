import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Pace } from './pace.ts'

const rules = { perSecond: 10, burst: 5, waitMsMax: 300, peak: { perSecond: 1_024, burst: 5 } }

describe('Pace', () => {
  it('lets a burst begin at once, the next work later, and refuses what would wait too long', () => {
    const pace = new Pace(rules)
    const admissions = Array.from({ length: 9 }, () => pace.admit('ada', 1, 0))
    expect(admissions.slice(0, 5)).toEqual(Array.from({ length: 5 }, () => ({ waitMs: 0 })))
    expect(admissions.slice(5)).toEqual([
      { waitMs: 100 },
      { waitMs: 200 },
      { waitMs: 300 },
      // Refused work costs nothing: the one after it is told the same.
      { retryAfterSeconds: 1 },
    ])
    expect(pace.admit('ada', 1, 0)).toEqual({ retryAfterSeconds: 1 })
  })

  it.each([
    ['after a pause has its whole burst again', 8, 800, 5, { waitMs: 0 }],
    ['after a short pause has what the rate gave back', 8, 400, 1, { waitMs: 0 }],
    ['waits for the rest of it', 8, 400, 5, { waitMs: 400 }],
    ['pays by the cost of the work', 3, 0, 5, { waitMs: 300 }],
  ])('someone %s', (_what, before, pauseMs, cost, expected) => {
    const pace = new Pace({ ...rules, waitMsMax: 500 })
    for (let i = 0; i < before; i++) pace.admit('ada', 1, 1_000)
    expect(pace.admit('ada', cost, 1_000 + pauseMs)).toEqual(expected)
  })

  it('begins a part of a burst at once, and the rest at the rate of the peak', () => {
    const pace = new Pace({ perSecond: 10, burst: 5, waitMsMax: 300, peak: { perSecond: 50, burst: 2 } })
    const waits = Array.from({ length: 7 }, () => pace.admit('ada', 1, 0))
    expect(waits).toEqual([0, 0, 20, 40, 60, 100, 200].map((waitMs) => ({ waitMs: expect.closeTo(waitMs) })))
    // 1 s later the whole burst is there again, and begins in the same way.
    expect([pace.admit('ada', 2, 1_000), pace.admit('ada', 1, 1_000)]).toEqual([{ waitMs: 0 }, { waitMs: 20 }])
  })

  it('does not make one wait for another', () => {
    const pace = new Pace(rules)
    for (let i = 0; i < 100; i++) pace.admit('noisy', 1, 0)
    expect(pace.admit('ada', 5, 0)).toEqual({ waitMs: 0 })
  })

  it('admits in any time at most the burst and what the rate gives in it, and tells each to come back when it may', () => {
    const work = fc.record({ pauseMs: fc.integer({ min: 0, max: 400 }), cost: fc.integer({ min: 1, max: 5 }) })
    fc.assert(
      fc.property(fc.array(work, { maxLength: 60 }), (works) => {
        const pace = new Pace(rules)
        const begun: { atMs: number; cost: number }[] = []
        let nowMs = 1_000
        for (const { pauseMs, cost } of works) {
          nowMs += pauseMs
          const first = pace.admit('ada', cost, nowMs)
          if ('retryAfterSeconds' in first) nowMs += first.retryAfterSeconds * 1_000
          const admission = 'retryAfterSeconds' in first ? pace.admit('ada', cost, nowMs) : first
          if (!('waitMs' in admission)) throw new Error('it came back when it was told to, and was refused')
          begun.push({ atMs: nowMs + admission.waitMs, cost })
        }
        for (const [i, first] of begun.entries()) {
          let sum = 0
          for (const { atMs, cost } of begun.slice(i)) {
            sum += cost
            const most = rules.burst + ((atMs - first.atMs) / 1_000) * rules.perSecond
            expect(sum).toBeLessThanOrEqual(most + 1e-6)
          }
        }
      }),
    )
  })
})
