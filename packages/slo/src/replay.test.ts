import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AlertPolicy, blindSteps, burnAlerts, workbookBurns } from './burn.ts'
import { type Episode, replay } from './replay.ts'
import type { Step } from './steps.ts'

const stepSeconds = 60
const start = Date.parse('2026-11-01T00:00:00Z') / 1_000
const policy: AlertPolicy = {
  objective: 0.999,
  window: { days: 30 },
  alerting: { burns: workbookBurns, badEventsMin: 10 },
}

type Events = readonly [bad: number, total: number] | null
const stepsOf = (events: readonly Events[]): Step[] =>
  events.flatMap((each, i) =>
    each ? [{ endSeconds: start + (i + 1) * stepSeconds, bad: each[0], total: each[1] }] : [],
  )
const times = (count: number, events: Events): Events[] => Array.from({ length: count }, () => events)

/** Episodes in minutes since the start. */
function episodes(events: readonly Events[], changes: Partial<AlertPolicy> = {}) {
  const span = { startSeconds: start, endSeconds: start + events.length * stepSeconds }
  return minutesOf(replay({ ...policy, ...changes }, new Map([['a', stepsOf(events)]]), span, stepSeconds))
}
const minute = (seconds: number) => (seconds - start) / 60
const minutesOf = (found: readonly Episode[]) =>
  found.map(({ alert, fromSeconds, toSeconds }) => [
    alert,
    minute(fromSeconds),
    toSeconds === null ? null : minute(toSeconds),
  ])

describe('what would have fired', () => {
  it('nothing: of 3 requests in an hour 1 was bad, which is far above 14.4 times the objective', () => {
    const hour = times(60, [0, 0])
    hour[10] = [0, 1]
    hour[30] = [1, 1]
    hour[50] = [0, 1]
    expect(episodes([...hour, ...times(3_000, [0, 0])])).toEqual([])
  })

  it('a page: 1 request a minute fails for 30 min, and a gate of 10 bad events in 5 min would never open', () => {
    const found = episodes([...times(120, [0, 1]), ...times(30, [1, 1]), ...times(120, [0, 1])])
    expect(found[0]).toEqual(['page', 130, 180])
  })

  it.each([7, 28, 30])('also of an SLO of %i days', (days) => {
    const found = episodes([...times(120, [0, 1]), ...times(30, [1, 1])], { window: { days } })
    expect(found.find(([alert]) => alert === 'page')?.[1]).toBe(130)
  })

  it('nothing while the budget lasts, and a ticket while it would be used up just before the end', () => {
    const slow = (bad: number) => times(10_000, [bad, 10_000])
    expect(episodes(slow(10))).toEqual([])
    expect(episodes(slow(11))).toEqual([['ticket', 1, null]])
  })

  it('fires again only when the burning begins again, and ends soon after it has ended', () => {
    const outage = times(20, [100, 100])
    const found = episodes([
      ...times(500, [0, 100]),
      ...outage,
      ...times(500, [0, 100]),
      ...outage,
      ...times(500, [0, 100]),
    ])
    const pages = found.filter(([alert]) => alert === 'page')
    expect(pages).toEqual([
      ['page', 501, 550],
      ['page', 1_021, 1_070],
    ])
  })

  it('an alert of no data, after the time in which an outage would use 1 % of the budget', () => {
    const found = episodes([...times(100, [0, 9]), ...times(60, null), ...times(10, [0, 9])])
    expect(found).toEqual([['blind', 102 + blindSteps(policy), 161]])
  })

  it('an alert of no data from the begin of the span, if it fires since before', () => {
    const steps = new Map([['a', stepsOf([...times(100, [0, 9]), ...times(60, null), ...times(10, [0, 9])])]])
    const from = (minutes: number) => {
      const span = { startSeconds: start + minutes * stepSeconds, endSeconds: start + 170 * stepSeconds }
      return minutesOf(replay(policy, steps, span, stepSeconds))
    }
    expect(from(104)).toEqual([['blind', 102 + blindSteps(policy), 161]])
    expect(from(130)).toEqual([['blind', 131, 161]])
    expect(from(165)).toEqual([])
  })

  it('no alert of no data while one of its groups has data', () => {
    const span = { startSeconds: start, endSeconds: start + 200 * stepSeconds }
    const groups = new Map([
      ['a', stepsOf(times(200, [0, 1]))],
      ['b', stepsOf(times(20, [0, 1]))],
    ])
    expect(replay(policy, groups, span, stepSeconds)).toEqual([])
  })

  it('with a looser objective less, and the same policy fires in the same minutes whatever the span begins with', () => {
    const events = [...times(60, [0, 100]), ...times(30, [5, 100]), ...times(60, [0, 100])] as Events[]
    expect(episodes(events).map(([alert]) => alert)).toContain('page')
    expect(episodes(events, { objective: 0.99 }).map(([alert]) => alert)).not.toContain('page')
    const steps = new Map([['a', stepsOf(events)]])
    const later = { startSeconds: start + 70 * stepSeconds, endSeconds: start + 150 * stepSeconds }
    const first = minutesOf(replay(policy, steps, later, stepSeconds))[0]
    expect(first).toEqual(['page', 71, episodes(events).find(([alert]) => alert === 'page')?.[2]])
  })
})

it('of any history exactly what the windows of each minute say', () => {
  const event: fc.Arbitrary<Events> = fc.oneof(
    fc.constant(null),
    fc.constant([0, 0] as const),
    fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 3, max: 300 })),
  )
  fc.assert(
    fc.property(
      fc.array(fc.tuple(event, fc.integer({ min: 1, max: 40 })), { maxLength: 12 }),
      fc.constantFrom(0.9, 0.99, 0.999),
      fc.integer({ min: 1, max: 20 }),
      (runs, objective, badEventsMin) => {
        const burns = workbookBurns.filter(({ factor }) => factor < 10)
        const own = { objective, window: { days: 2 }, alerting: { burns, badEventsMin } }
        const events = runs.flatMap(([each, count]) => times(count, each))
        const firing = new Set<string>()
        for (let i = 0; i < events.length; i++) {
          for (const { severity, longSteps, shortSteps, badRatio } of burnAlerts(own)) {
            const [long, short] = [longSteps, shortSteps].map((count) => {
              const inside = events.slice(Math.max(0, i + 1 - count), i + 1).filter((each) => each !== null)
              const sum = (of: 0 | 1) => inside.reduce((all, each) => all + each[of], 0)
              return { bad: sum(0), total: sum(1) }
            }) as [{ bad: number; total: number }, { bad: number; total: number }]
            const over = ({ bad, total }: { bad: number; total: number }) => bad / total > badRatio
            if (over(long) && over(short) && long.bad >= badEventsMin) firing.add(`${severity} ${i + 1}`)
          }
        }
        const found = new Set(
          episodes(events, own).flatMap(([alert, from, to]) =>
            alert === 'blind'
              ? []
              : Array.from(
                  { length: Number(to ?? events.length + 1) - Number(from) },
                  (_, i) => `${alert} ${Number(from) + i}`,
                ),
          ),
        )
        expect(found).toEqual(firing)
      },
    ),
    { numRuns: 60 },
  )
})
