import { describe, expect, it } from 'vitest'
import { type EditedWave, editedOf, readPlan } from './planForm.ts'
import { moveGroup, type Place, placesOf, placeValue, readPlace, removeWave, waveOf } from './planWaves.ts'
import type { Plan } from './waves.ts'

const judge = {
  ...{ compares: true, figures: ['memoryBytes'] as never[], intervalSeconds: 15, warmUpSeconds: 120 },
  ...{ samplesMin: 100, failPointsMin: 20, passPointsMin: 50 },
}
const wave = (name: string, groups: string[], bakeSeconds: number, compares: boolean) => ({
  ...{ name, groups, minHealthyPercent: 100, maxHealthyPercent: 110, checkpointPercents: [], checkpointSeconds: 300 },
  ...{ bakeSeconds, progressSeconds: 600, alarms: [], judge: { ...judge, compares } },
})
const plan: Plan = {
  targets: [],
  waves: [wave('canary', ['c'], 1, true), wave('zone', ['a'], 2, true), wave('the rest', ['b', 'd'], 3, false)],
}
const start = editedOf(plan)
const shown = (waves: readonly EditedWave[]) =>
  waves.map(({ wave: { name, groups }, texts }) => `${name} (${groups.join(' ')}) ${texts.bakeSeconds} ${texts.judge}`)
const [canary, zone, rest] = shown(start) as [string, string, string]

describe('a group', () => {
  it.each<[string, group: string, Place, string[]]>([
    ['stays', 'a', { kind: 'in', index: 1 }, [canary, zone, rest]],
    [
      'goes to an earlier wave',
      'b',
      { kind: 'in', index: 1 },
      [canary, 'zone (a b) 2 compares', 'the rest (d) 3 limits'],
    ],
    [
      'goes to a later wave, and leaves an empty one',
      'a',
      { kind: 'in', index: 2 },
      [canary, 'zone () 2 compares', 'the rest (b d a) 3 limits'],
    ],
    [
      'gets a wave that goes as the one before',
      'b',
      { kind: 'new', index: 1 },
      [canary, 'b (b) 3 limits', zone, 'the rest (d) 3 limits'],
    ],
    ['gets the last wave', 'd', { kind: 'new', index: 3 }, [canary, zone, 'the rest (b) 3 limits', 'd (d) 3 limits']],
    // Nothing is left to compare the last wave with.
    [
      'that is alone takes its wave along, to the end',
      'c',
      { kind: 'new', index: 3 },
      [zone, rest, 'canary (c) 1 limits'],
    ],
    ['that is alone takes its wave along, to the beginning', 'a', { kind: 'new', index: 0 }, [zone, canary, rest]],
    ['that is alone stays where it is', 'a', { kind: 'new', index: 2 }, [canary, zone, rest]],
    ['that no wave has goes nowhere', 'x', { kind: 'in', index: 0 }, [canary, zone, rest]],
  ])('%s', (_what, group, place, waves) => {
    expect(shown(moveGroup(start, group, place))).toEqual(waves)
  })

  it('keeps what was typed for the waves, and is sent in its new place', () => {
    const typed = start.map((each, i) => (i === 1 ? { ...each, texts: { ...each.texts, bakeSeconds: '77' } } : each))
    const { plan: sent } = readPlan(plan, moveGroup(typed, 'b', { kind: 'new', index: 2 }))
    expect(sent?.waves.map(({ name, groups, bakeSeconds }) => [name, groups, bakeSeconds])).toEqual([
      ['canary', ['c'], 1],
      ['zone', ['a'], 77],
      ['b', ['b'], 3],
      ['the rest', ['d'], 3],
    ])
  })

  it('gives its wave a name that no other has, and that is short enough', () => {
    const long = 'g'.repeat(255)
    const waves = editedOf({ ...plan, waves: [wave('b', ['b', 'x', long], 1, true), wave('b 2', ['c'], 1, false)] })
    expect(moveGroup(waves, 'b', { kind: 'new', index: 0 })[0]?.wave.name).toBe('b 3')
    expect(moveGroup(waves, long, { kind: 'new', index: 0 })[0]?.wave.name).toBe('g'.repeat(60))
  })
})

it('the last wave is compared with nothing, also after the one behind it is removed', () => {
  const emptied = moveGroup(moveGroup(start, 'b', { kind: 'in', index: 1 }), 'd', { kind: 'in', index: 1 })
  expect(shown(removeWave(emptied, 2))).toEqual([canary, 'zone (a b d) 2 limits'])
})

it('all places can be chosen', () => {
  const [waves, own] = placesOf(start)
  expect(waves?.items.map(({ label }) => label)).toEqual(['1: canary', '2: zone', '3: the rest'])
  const ownLabels = ['before all others', 'after 1: canary', 'after 2: zone', 'after 3: the rest']
  expect(own?.items.map(({ label }) => label)).toEqual(ownLabels)
  for (const { value } of [...(waves?.items ?? []), ...(own?.items ?? [])]) {
    expect(placeValue(readPlace(value))).toBe(value)
  }
  expect([waveOf(start, 'd'), waveOf(start, 'x')]).toEqual([2, -1])
})
