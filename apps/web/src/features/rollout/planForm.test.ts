import { describe, expect, it } from 'vitest'
import {
  byZone,
  chosenOf,
  describeField,
  editedOf,
  faultsOf,
  lengthWords,
  readPlan,
  replacedWords,
  stepWords,
  type Target,
  type WaveTexts,
} from './planForm.ts'
import type { Plan } from './waves.ts'

const judge = {
  ...{ compares: true, figures: ['memoryBytes'] as never[], intervalSeconds: 15, warmUpSeconds: 120 },
  ...{ samplesMin: 100, failPointsMin: 20, passPointsMin: 50 },
}
const wave = {
  ...{
    name: 'canary',
    groups: ['canary'],
    minHealthyPercent: 100,
    maxHealthyPercent: 110,
    checkpointPercents: [25, 100],
  },
  ...{ checkpointSeconds: 300, bakeSeconds: 1_800, progressSeconds: 600, alarms: ['lag'], judge },
}
const target = {
  group: 'canary',
  environment: 'prod',
  region: 'eu-central-1',
  zones: ['eu-central-1a'],
  ring: 'canary',
}
const plan: Plan = { targets: [target], waves: [wave, { ...wave, name: 'the rest', groups: ['fleet'] }] }
const typed = (part: Partial<WaveTexts>) =>
  editedOf(plan).map((each, i) => (i === 0 ? { ...each, texts: { ...each.texts, ...part } } : each))

describe('the form', () => {
  it('sends the plan as it was drafted if nobody edits it', () => {
    expect(readPlan(plan, editedOf(plan))).toEqual({ plan, faults: [{}, {}] })
  })

  it('sends what was typed, and keeps what can’t be edited', () => {
    const { plan: sent } = readPlan(
      plan,
      typed({ bakeSeconds: '2,400', checkpoints: '50 %, 100', judge: 'limits', 'judge.intervalSeconds': '30' }),
    )
    expect(sent?.waves[0]).toEqual({
      ...{ ...wave, bakeSeconds: 2_400, checkpointPercents: [50, 100] },
      judge: { ...judge, compares: false, intervalSeconds: 30 },
    })
    expect(sent?.waves[1]).toEqual(plan.waves[1])
    expect(readPlan(plan, typed({ checkpoints: ' ' })).plan?.waves[0]?.checkpointPercents).toEqual([])
  })

  it('sends no judge if nobody judges, whatever stands in the fields of the judge', () => {
    const { plan: sent } = readPlan(plan, typed({ judge: 'nobody', 'judge.intervalSeconds': 'x' }))
    expect(sent?.waves[0]?.judge).toBeNull()
  })

  it.each<[string, Partial<WaveTexts>, string, RegExp]>([
    ['a number that is none', { bakeSeconds: 'long' }, 'bakeSeconds', /“long” is not a number/],
    ['an empty number', { minHealthyPercent: '' }, 'minHealthyPercent', /^Enter a number/],
    ['a number of the judge', { 'judge.passPointsMin': '1.5' }, 'judge.passPointsMin', /not a whole number/],
    ['checkpoints that are none', { checkpoints: '25, half' }, 'checkpoints', /^Enter whole percentages/],
    ['checkpoints below zero', { checkpoints: '-5, 100' }, 'checkpoints', /^Enter whole percentages/],
  ])('sends nothing with %s, and says where', (_what, part, field, fault) => {
    const { plan: sent, faults } = readPlan(plan, typed(part))
    expect(sent).toBeNull()
    expect(Object.keys(faults[0] ?? {})).toEqual([field])
    expect(Object.values(faults[0] ?? {})[0]).toMatch(fault)
    expect(faults[1]).toEqual({})
  })
})

it('shows the faults of the API beside the fields that they are about', () => {
  const faults = [
    { path: ['waves', 0, 'maxHealthyPercent'], message: 'too far apart' },
    { path: ['waves', 0, 'maxHealthyPercent'], message: 'a second one' },
    { path: ['waves', 1, 'checkpointPercents', 0], message: 'not ascending' },
    { path: ['waves', 1, 'judge', 'passPointsMin'], message: 'too few' },
    { path: ['waves', 1, 'groups'], message: 'choose one' },
    { path: ['waves', 1, 'groups', 0], message: 'is in a wave already' },
    { path: ['targets', 0, 'group'], message: 'no wave has it' },
    { path: ['targets', 1, 'group'], message: 'no wave has it' },
  ]
  expect(faultsOf({ faults, plan })).toEqual({
    waves: {
      canary: { maxHealthyPercent: 'too far apart' },
      'the rest': { checkpoints: 'not ascending', 'judge.passPointsMin': 'too few', other: 'choose one' },
    },
    groups: { fleet: 'is in a wave already' },
    others: ['no wave has it'],
  })
})

it.each([
  ['bakeSeconds', 1_800, '= 30 min'],
  ['bakeSeconds', 0, '= 0 s'],
  ['bakeSeconds', null, 'In seconds.'],
  ['maxHealthyPercent', 110, 'Never more at a time.'],
] as const)('the field %s with %s says: %s', (field, value, words) => {
  expect(describeField(field, value)).toBe(words)
})

describe('what the plan will do', () => {
  const instance = (id: string, zone: string) => ({ id, zone, templateVersion: '7' })
  const group = {
    ...{ group: 'canary', steps: [], stopsAfter: [], words: [] },
    replaces: [instance('i-2', 'b'), instance('i-1', 'a'), instance('i-3', 'b')],
    keeps: [{ id: 'i-4', zone: 'a', why: 'It is in standby.' }],
  }
  const preview = [
    { wave: 'canary', groups: [group], secondsAtLeast: 1_800 },
    { wave: 'the rest', groups: [{ ...group, keeps: [] }], secondsAtLeast: 600 },
  ]
  it('is said in numbers', () => {
    expect(replacedWords(preview)).toBe('6 instances are replaced, and 1 is not.')
    expect(replacedWords([])).toBe('0 instances are replaced.')
    expect(lengthWords(preview)).toBe('It takes at least 40 min.')
  })
  it('takes no milliseconds', () => {
    expect(lengthWords([{ wave: 'canary', groups: [], secondsAtLeast: 0 }])).toBe('It takes at least 0 s.')
    expect(lengthWords([{ wave: 'canary', groups: [], secondsAtLeast: 59 }])).toBe('It takes at least 59 s.')
  })
  it.each<[number[], number[], string]>([
    [[1], [], '1 step of 1 instance.'],
    [[4], [2], '1 step of 4 instances; it waits after 2 instances.'],
    [[1, 1, 1], [1], '3 steps of 1 instance each; it waits after 1 instance.'],
    [[2, 2, 1], [1, 3], '3 steps of 2 instances, the last of 1; it waits after 1 and 3 instances.'],
  ])('in the steps %j, with stops after %j, is said in words', (counts, stopsAfter, words) => {
    const steps = counts.map((replaced) => ({ replaced }))
    expect(stepWords({ steps, stopsAfter })).toBe(words)
  })
  it('names the instances by zone', () => {
    expect(byZone(group.replaces)).toEqual([
      { zone: 'a', ids: ['i-1'] },
      { zone: 'b', ids: ['i-2', 'i-3'] },
    ])
  })
})

describe('what can be chosen', () => {
  const image = (id: string, name: string, ready = true) => ({ id, name, version: '1', ready })
  const of = (environment: string, name = 'gateway'): Target => ({ ...target, environment, image: name })
  const chosen = (
    images: ReturnType<typeof image>[],
    targets: Target[],
    url: { image?: string; environment?: string } = {},
  ) => {
    const {
      offered,
      image: picked,
      environment,
      refused,
    } = chosenOf({ images, targets }, (key) => url[key as keyof typeof url] ?? null)
    return { offered: offered.map(({ id }) => id), image: picked?.id ?? null, environment, refused }
  }

  it('are images that may roll out and that a target runs', () => {
    const images = [image('a', 'gateway'), image('b', 'gateway', false), image('c', 'bastion')]
    expect(chosen(images, [of('prod')]).offered).toEqual(['a'])
  })
  it('is chosen already if there is only one', () => {
    expect(chosen([image('a', 'gateway')], [of('prod')])).toMatchObject({ image: 'a', environment: 'prod' })
    expect(chosen([image('a', 'gateway'), image('b', 'gateway')], [of('prod')])).toMatchObject({ image: null })
    expect(chosen([image('a', 'gateway')], [of('prod'), of('stage')])).toMatchObject({ environment: null })
  })
  it('is what the URL says, unless it can’t be chosen', () => {
    const images = [image('a', 'gateway'), image('b', 'gateway'), image('c', 'gateway', false)]
    const targets = [of('prod'), of('stage')]
    const url = { image: 'b', environment: 'stage' }
    expect(chosen(images, targets, url)).toMatchObject({ ...url, refused: false })
    expect(chosen(images, targets, { image: 'c' })).toMatchObject({ image: null, refused: true })
    // One that may roll out is not chosen in its place.
    expect(chosen([image('a', 'gateway')], targets, { image: 'c' })).toMatchObject({ image: null, refused: true })
  })
})
