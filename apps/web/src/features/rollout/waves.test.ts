import { describe, expect, it } from 'vitest'
import {
  groupSentence,
  type Instance,
  instanceState,
  type PlannedWave,
  readyWords,
  waveRules,
  waveState,
  zonesOf,
} from './waves.ts'

const instance = (over: Partial<Instance> = {}): Instance => ({
  ...{ id: 'i-1', zone: 'eu-central-1a', templateVersion: '7', lifecycle: 'InService' },
  ...{ isReady: true, isSilent: false, isCandidate: false, ...over },
})
const candidate = (over: Partial<Instance> = {}) => instance({ isCandidate: true, templateVersion: '8', ...over })

describe('an instance', () => {
  it.each<[string, Instance]>([
    ['quiet: version before', instance()],
    ['warning: version before, not ready', instance({ isReady: false })],
    ['good: candidate', candidate()],
    ['info: candidate, starts', candidate({ lifecycle: 'Pending', isReady: false })],
    ['warning: reports nothing', candidate({ isSilent: true })],
    // What ends reports nothing soon, which is no reason to worry.
    ['quiet: ends', instance({ lifecycle: 'Terminating', isSilent: true, isReady: false })],
    ['quiet: in standby', instance({ lifecycle: 'Standby' })],
  ])('is shown as %s', (shown, one) => {
    const { kind, words } = instanceState(one)
    expect(`${kind}: ${words}`).toBe(shown)
  })
})

it('shows the instances by zone, also a zone that has none and one that the plan does not name', () => {
  const instances = [
    instance({ id: 'i-3', zone: 'eu-central-1c' }),
    instance({ id: 'i-2', zone: 'eu-central-1a' }),
    instance({ id: 'i-1', zone: 'eu-central-1a' }),
  ]
  const shown = zonesOf({ zones: ['eu-central-1b', 'eu-central-1a'], instances })
  expect(shown.map(({ zone, instances: of }) => [zone, of.map(({ id }) => id)])).toEqual([
    ['eu-central-1a', ['i-1', 'i-2']],
    ['eu-central-1b', []],
    ['eu-central-1c', ['i-3']],
  ])
})

it.each([
  ['no instance', []],
  ['none of 2 run the candidate', [instance(), candidate({ isReady: false })]],
  ['1 of 2 runs the candidate and is ready', [instance(), candidate(), instance({ lifecycle: 'Terminating' })]],
  ['2 of 3 run the candidate and are ready', [candidate(), candidate(), candidate({ isSilent: true })]],
] as const)('of a group it says: %s', (sentence, instances) => {
  expect(groupSentence({ instances: [...instances] })).toBe(sentence)
})

it.each([
  ['running', 0, 0, 'No instance is known yet'],
  ['running', 3, 4, '3 of 4 run the candidate and are ready (75 %)'],
  ['rolling back', 1, 4, '1 of 4 runs the version before and is ready (25 %)'],
] as const)('of a wave that is %s with %i of %i ready it says: %s', (state, ready, total, words) => {
  expect(readyWords({ state, ready, total })).toBe(words)
})

it('does not say of a wave that it waits if the rollout is over', () => {
  expect(waveState({ state: 'waiting' }, false).words).toBe('waits')
  expect(waveState({ state: 'waiting' }, true).words).toBe('never began')
  expect(waveState({ state: 'failed' }, true).words).toBe('failed')
})

describe('how a wave goes', () => {
  const judge = {
    ...{ compares: true, figures: ['memoryBytes'] as never[], intervalSeconds: 15, warmUpSeconds: 120 },
    ...{ samplesMin: 100, failPointsMin: 20, passPointsMin: 50 },
  }
  const wave: PlannedWave = {
    ...{ name: 'canary', groups: ['canary'], minHealthyPercent: 100, maxHealthyPercent: 110, checkpointPercents: [] },
    ...{ checkpointSeconds: 300, bakeSeconds: 1_800, progressSeconds: 600, alarms: [], judge },
  }
  it('is said with its usual numbers', () => {
    expect(waveRules(wave)).toEqual([
      'From 100 % to 110 % of the instances are healthy meanwhile.',
      'When all are replaced it bakes for 30 min.',
      'The judge compares it with the baseline over at least 50 intervals of 15 s.',
    ])
  })
  it('names the stops, the alarms, and that nobody waits or judges', () => {
    const rules = waveRules({ ...wave, checkpointPercents: [25, 100], bakeSeconds: 0, alarms: ['lag'], judge: null })
    expect(rules.slice(1)).toEqual([
      'At 25 % it waits for 5 min.',
      'It does not bake.',
      'Nobody judges it.',
      '1 alarm can stop it: lag.',
    ])
    // A checkpoint at which it does not wait is no stop.
    expect(waveRules({ ...wave, checkpointPercents: [25, 100], checkpointSeconds: 0 })[1]).toMatch(/^When all/)
    expect(waveRules({ ...wave, judge: { ...judge, compares: false } }).at(-1)).toBe(
      'The judge looks at the hard limits alone.',
    )
  })
})
