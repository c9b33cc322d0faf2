import type { SloRecount } from '@tickwatch/db'
import { groupKey, noCauses, type Step } from '@tickwatch/slo'
import { describe, expect, it } from 'vitest'
import { recountedSnapshot, recountedSteps, recountsOf } from './slo.recounts.ts'
import type { Snapshot } from './slo.snapshot.ts'
import { type Tallies, tallyKey } from './slo.tallies.ts'

const acme = { tenant_id: 'acme' }
const group = (labels: Record<string, string>, ...steps: Step[]) => new Map([[groupKey(labels), { labels, steps }]])
const step = (endSeconds: number, bad: number, total: number): Step => ({ endSeconds, bad, total })
const change = (endSeconds: number, bad: number, total: number, steps = 0, labels = acme): SloRecount => ({
  ...{ sloId: 's', labels, endSeconds, bad, total, steps },
})

describe('a second count', () => {
  it.each<[string, Step[], Step[], SloRecount[]]>([
    ['the same', [step(60, 1, 9)], [step(60, 1, 9)], []],
    ['the same but for the rounding of a float', [step(60, 1, 9)], [step(60, 1 + 1e-9, 9)], []],
    ['more', [step(60, 1, 9)], [step(60, 3, 10)], [change(60, 2, 1)]],
    ['less', [step(60, 5, 9)], [step(60, 4, 9)], [change(60, -1, 0)]],
    ['a step that the rule did not write', [], [step(60, 0, 9)], [change(60, 0, 9, 1)]],
    ['no traffic in a step that the rule did not write', [], [step(60, 0, 0)], [change(60, 0, 0, 1)]],
    ['nothing of a step that the rule wrote', [step(60, 1, 9)], [], []],
  ])('that finds %s', (_what, recorded, counted, changes) => {
    expect(recountsOf('s', group(acme, ...recorded), group(acme, ...counted))).toEqual(changes)
  })

  it('of a group that the rule never wrote is whole', () => {
    expect(recountsOf('s', new Map(), group(acme, step(60, 1, 2)))).toEqual([change(60, 1, 2, 1)])
  })
})

describe('the steps of a group', () => {
  const changes = [change(60, 1, 2, 1), change(120, 1, 0), change(180, 9, 9), change(120, 5, 5, 0, { tenant_id: 'x' })]
  const range = { from: 0, to: 120 }
  it('have what differed, in the range only', () => {
    expect(recountedSteps([step(120, 0, 7)], 's', acme, changes, range)).toEqual([step(60, 1, 2), step(120, 1, 7)])
    expect(recountedSteps([step(120, 0, 7)], 'other', acme, changes, range)).toEqual([step(120, 0, 7)])
  })
  it('are those of all groups together if none is named', () => {
    expect(recountedSteps([step(120, 0, 7)], 's', null, changes, range)).toEqual([step(60, 1, 2), step(120, 6, 12)])
  })
})

it('the counts of windows, days and the last hour have what differed in them', () => {
  const day = 86_400
  const asOfSeconds = 10 * day + 7_200
  const tally = (total: number): Tallies =>
    new Map([[tallyKey('s', acme), { sloId: 's', labels: acme, bad: 0, total, steps: 1, told: noCauses }]])
  const snapshot: Snapshot = {
    asOfSeconds,
    windows: new Map([
      [9 * day, tally(10)],
      [10 * day, tally(20)],
    ]),
    lastHour: tally(30),
    days: [new Map(), tally(40)],
    lastData: new Map(),
    maintenance: [
      { sloId: null, labels: null, startsAt: new Date(10 * day * 1_000), until: new Date((10 * day + 60) * 1_000) },
    ],
    excluded: { windows: new Map([[10 * day, tally(3)]]), lastHour: tally(0) },
  }
  const found = recountedSnapshot(snapshot, [change(9 * day + 60, 1, 100, 1), change(10 * day + 60, 1, 7)], 60)
  const of = (tallies: Tallies | undefined) => tallies?.get(tallyKey('s', acme))
  expect(of(found.windows.get(9 * day))).toMatchObject({ bad: 2, total: 117, steps: 2 })
  expect(of(found.windows.get(10 * day))).toMatchObject({ bad: 1, total: 27, steps: 1 })
  expect(of(found.lastHour)).toMatchObject({ total: 30 })
  expect(found.days.map((tallies) => of(tallies)?.total)).toEqual([100, 47])
  // Of what is excluded, too.
  expect(of(found.excluded.windows.get(10 * day))).toMatchObject({ bad: 1, total: 10, steps: 1 })
  expect(of(found.excluded.lastHour)).toMatchObject({ total: 0 })
  expect(recountedSnapshot(snapshot, [], 60)).toBe(snapshot)
})
