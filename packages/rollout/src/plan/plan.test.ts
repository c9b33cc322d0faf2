import { describe, expect, it } from 'vitest'
import { groupOf, oldInstance as instance } from '../testing/ask.ts'
import { planOf } from '../testing/plans.ts'
import type { Group, Instance } from './fleet.ts'
import { comparedWaves, planSchema, type Wave } from './plan.ts'
import { pace, preview } from './preview.ts'

const faults = (plan: unknown) =>
  planSchema.safeParse(plan).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`)
const plan = planOf()
const withWave = (changes: object) => ({ ...plan, waves: [{ ...plan.waves[0], ...changes }, ...plan.waves.slice(1)] })

describe('a plan', () => {
  it('goes from the canary to one zone to the rest, and the last wave is not compared', () => {
    expect(plan.waves.map(({ name, groups, judge }) => [name, groups, judge?.compares])).toEqual([
      ['canary', ['canary'], true],
      ['eu-central-1a', ['one'], true],
      ['the rest', ['two', 'three'], false],
    ])
    expect(comparedWaves(plan)).toBe(2)
  })

  it('of an older or newer release is read: what is missing gets its default, and the unknown is ignored', () => {
    const [target] = plan.targets
    const least = { targets: [target], waves: [{ name: 'all', groups: ['canary'], colour: 'red' }], note: 1 }
    expect(planSchema.parse(least).waves[0]).toEqual({
      ...plan.waves[0],
      name: 'all',
      bakeSeconds: 1_800,
    })
  })

  it.each<[string, object, string[]]>([
    [
      'percentages too far apart',
      withWave({ minHealthyPercent: 0, maxHealthyPercent: 101 }),
      ['waves.0.maxHealthyPercent: Auto Scaling allows at most 100 % between the least and the most healthy.'],
    ],
    [
      'a maximum below 100',
      withWave({ maxHealthyPercent: 90 }),
      ['waves.0.maxHealthyPercent: Enter a whole number from 100 to 200 %.'],
    ],
    [
      'checkpoints out of order',
      withWave({ checkpointPercents: [50, 20, 100] }),
      ['waves.0.checkpointPercents: Write the checkpoints in ascending order, each once.'],
    ],
    [
      'checkpoints that leave a rest',
      withWave({ checkpointPercents: [20, 50] }),
      ['waves.0.checkpointPercents: End the checkpoints with 100, or the rest is never replaced.'],
    ],
    [
      'a bake of more than two days',
      withWave({ bakeSeconds: 172_801 }),
      ['waves.0.bakeSeconds: Enter a whole number from 0 to 172,800 s.'],
    ],
    [
      'eleven alarms',
      withWave({ alarms: Array.from({ length: 11 }, (_, i) => `a${i}`) }),
      ['waves.0.alarms: Auto Scaling watches at most 10 alarms.'],
    ],
    [
      'a group that is not a target',
      withWave({ groups: ['canary', 'other'] }),
      ['waves.0.groups.1: other is not a target of this plan.'],
    ],
    ['a group in two waves', withWave({ groups: ['canary', 'one'] }), ['waves.1.groups.0: one is in a wave already.']],
    [
      'a target without a wave',
      { ...plan, waves: plan.waves.slice(0, 2) },
      ['targets.2.group: No wave has two. Add it to one.', 'targets.3.group: No wave has three. Add it to one.'],
    ],
    [
      'a target twice',
      { ...plan, targets: [...plan.targets, plan.targets[0]] },
      ['targets.4.group: canary is a target twice. Remove one.'],
    ],
    [
      'two waves of one name',
      withWave({ name: 'the rest' }),
      ['waves.2.name: Two waves have the name the rest. Rename one.'],
    ],
    ['no waves', { ...plan, waves: [] }, ['waves: Add at least one wave.']],
    [
      'a name that can’t be stored',
      withWave({ name: 'a\0b' }),
      ['waves.0.name: Remove the characters that can’t be stored.'],
    ],
  ])('with %s is refused, and says where and why', (_, wrong, expected) => {
    expect(faults(wrong)).toEqual(expected)
  })
})

const group = (instances: Instance[]): Group => groupOf({ desired: instances.length, refreshes: [], instances })
const many = (count: number) => Array.from({ length: count }, (_, i) => instance(`i-${i}`))

describe('how many are replaced at a time', () => {
  it.each<[number, number, number, number, number]>([
    // min, max, desired → at a time, in service at least
    [100, 110, 10, 1, 10],
    [100, 150, 10, 5, 10],
    [100, 110, 3, 1, 3],
    [90, 100, 10, 1, 9],
    [90, 100, 15, 1, 14],
    // No room: one is launched first, and none is missing.
    [90, 100, 1, 1, 1],
    [90, 110, 4, 1, 4],
    [0, 100, 1, 1, 0],
    [50, 100, 4, 2, 2],
    [50, 150, 4, 4, 2],
    [0, 100, 4, 4, 0],
  ])(
    'from %d to %d %% of %d: %d, and %d stay in service',
    (minHealthyPercent, maxHealthyPercent, desired, atATime, least) => {
      expect(pace({ minHealthyPercent, maxHealthyPercent }, desired)).toEqual({ atATime, inServiceMin: least })
    },
  )
})

describe('a preview', () => {
  const canary = (changes: Partial<Wave>, instances: Instance[]) =>
    preview(planOf(changes), new Map([['canary', group(instances)]]), 180)[0]

  it('says that a single instance is out of service, and for how long', () => {
    const wave = canary({ minHealthyPercent: 0, maxHealthyPercent: 100 }, many(1))
    expect(wave?.groups[0]).toMatchObject({
      steps: [{ replaced: 1, inServiceMin: 0 }],
      words: ['At worst none is in service, for about 3 min.'],
    })
  })

  it('lists the steps, with what is in service in each, and the time they take', () => {
    const wave = canary({ minHealthyPercent: 60, maxHealthyPercent: 100, checkpointPercents: [20, 100] }, many(5))
    expect(wave).toMatchObject({
      secondsAtLeast: 3 * 180 + 300 + 60,
      groups: [
        {
          steps: [
            { replaced: 2, inServiceMin: 3 },
            { replaced: 2, inServiceMin: 3 },
            { replaced: 1, inServiceMin: 4 },
          ],
          stopsAfter: [1],
        },
      ],
    })
  })

  it('says that all stay in service if the percentages leave no room for fewer', () => {
    const wave = canary({ minHealthyPercent: 90, maxHealthyPercent: 110 }, many(4))
    expect(wave?.groups[0]).toMatchObject({
      steps: [{ inServiceMin: 4 }, { inServiceMin: 4 }, { inServiceMin: 4 }, { inServiceMin: 4 }],
      words: ['All 4 stay in service: each new instance is ready before an old one ends.'],
    })
  })

  it.each<[min: number, max: number, count: number, words: string]>([
    [100, 110, 1, 'The only instance stays in service until the new one is ready.'],
    [0, 100, 2, 'At worst none is in service, for about 3 min.'],
    [50, 100, 2, 'At worst 1 of 2 is in service, for about 6 min.'],
    [50, 100, 4, 'At worst 2 of 4 are in service, for about 6 min.'],
  ])('from %d to %d %% of %d it says: %s', (minHealthyPercent, maxHealthyPercent, count, words) => {
    expect(canary({ minHealthyPercent, maxHealthyPercent }, many(count))?.groups[0]?.words).toEqual([words])
  })

  it('of a group that is to have no instances says that none has to stay', () => {
    const emptied = new Map([['canary', groupOf({ desired: 0, refreshes: [], instances: many(1) })]])
    expect(preview(plan, emptied, 180)[0]?.groups[0]?.words).toEqual([
      'The group is to have no instances, so none has to stay in service.',
    ])
  })

  it.each<[checkpoints: number[], count: number, already: number, stops: number[]]>([
    // Each rounds up: at least so much must be new.
    [[10, 60, 100], 4, 0, [1, 3]],
    [[20, 50, 100], 10, 0, [2, 5]],
    // AWS's example: after one of two are replaced, both are reached, and it waits once.
    [[10, 40, 100], 2, 0, [1]],
    // Where everything is replaced there is nothing to wait for.
    [[50, 100], 1, 0, []],
    // One that runs the candidate already counts as new.
    [[25, 50, 100], 4, 1, [1]],
  ])('with checkpoints at %j of %d, %d of them new, waits after %j', (checkpointPercents, count, already, stops) => {
    const instances = many(count).map((each, i) => (i < already ? { ...each, templateVersion: '8' } : each))
    expect(canary({ checkpointPercents }, instances)?.groups[0]?.stopsAfter).toEqual(stops)
  })

  it('names each instance: what is replaced, and what stays and why', () => {
    const [of] =
      canary({}, [
        instance('i-3', { zone: 'eu-central-1b' }),
        instance('i-2'),
        instance('i-1', { templateVersion: '8' }),
        instance('i-4', { isProtected: true }),
        instance('i-5', { lifecycle: 'Standby' }),
      ])?.groups ?? []
    expect(of?.replaces.map(({ id }) => id)).toEqual(['i-2', 'i-3'])
    expect(of?.keeps.map(({ id, why }) => `${id}: ${why}`)).toEqual([
      'i-1: It runs the candidate already.',
      'i-4: It is protected from scale-in: the refresh waits for it.',
      'i-5: It is in standby: the refresh waits for it.',
    ])
    expect(of?.words).toEqual(['All 5 stay in service: each new instance is ready before an old one ends.'])
  })

  it('says so if a group was not found', () => {
    expect(preview(plan, new Map(), 180)[0]?.groups[0]?.words).toEqual([
      'Nothing is replaced.',
      'canary was not found.',
    ])
  })
})
