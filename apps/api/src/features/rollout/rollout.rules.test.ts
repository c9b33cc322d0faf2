import {
  type Group,
  isOver,
  newRollout,
  nextStep,
  type Plan,
  planSchema,
  type State,
  startsNext,
  stateSchema,
} from '@tickwatch/rollout'
import { describe, expect, it } from 'vitest'
import { planOf, sizes } from '../../../../../packages/rollout/src/testing/plans.ts'
import { World } from '../../../../../packages/rollout/src/testing/world.ts'
import {
  approvalOf,
  canaryFaults,
  groupsOfNow,
  groupsToRead,
  isTimeToRead,
  parsePlan,
  remember,
  targetFaults,
  usualPlan,
  withSilence,
} from './rollout.rules.ts'
import { nothingSeen } from './rollout.stored.ts'
import type { RolloutTarget } from './targets.ts'

const image = { name: 'gateway' }
const target = (group: string, change: Partial<RolloutTarget> = {}): RolloutTarget => ({
  ...{ group, environment: 'test', region: 'eu-west-1', zones: ['eu-west-1a'], ring: 'fleet', image: 'gateway' },
  ...change,
})
const known = [target('canary', { ring: 'canary' }), target('a'), target('b', { zones: ['eu-west-1b'] })]

describe('the usual plan', () => {
  it('has the canary’s ring, one zone and the rest, of this environment and image only', () => {
    const others = [target('edge', { image: 'edge' }), target('prod', { environment: 'production' })]
    const { plan, faults } = usualPlan(image, 'test', [...known, ...others], 'canary')
    expect(faults).toEqual([])
    expect(plan.waves.map(({ groups }) => groups)).toEqual([['canary'], ['a'], ['b']])
    expect(parsePlan(plan)).toEqual({ plan, faults: [] })
    expect(targetFaults(plan, image, 'test', known)).toEqual([])
  })

  it('says that there is no target', () => {
    expect(usualPlan(image, 'staging', known, 'canary').faults).toEqual([
      { path: ['targets'], message: 'No target of the environment staging runs images with the name gateway.' },
    ])
  })
})

describe('a target of a plan', () => {
  const planWith = (change: Partial<RolloutTarget>): Plan =>
    planSchema.parse({ targets: [target('a', change)], waves: [{ name: 'all', groups: [change.group ?? 'a'] }] })
  it.each<[string, Partial<RolloutTarget>, string, string]>([
    ['that the file does not name', { group: 'x' }, 'test', 'x in eu-west-1 is not in the file of targets.'],
    ['of another region', { region: 'eu-west-2' }, 'test', 'a in eu-west-2 is not in the file of targets.'],
    ['with another environment than in the file', { environment: 'production' }, 'production', 'not as the file'],
    ['with another ring', { ring: 'canary' }, 'test', 'not as the file'],
    ['with another zone', { zones: ['eu-west-1b'] }, 'test', 'not as the file'],
    ['of another environment than is asked for', {}, 'production', 'a is of the environment test.'],
  ])('%s is refused', (_what, change, environment, message) => {
    const faults = targetFaults(planWith(change), image, environment, known)
    expect(faults).toEqual([{ path: ['targets', 0, 'group'], message: expect.stringContaining(message) }])
  })

  it('that runs other images is refused', () => {
    const [fault] = targetFaults(planWith({}), { name: 'edge' }, 'test', known)
    expect(fault?.message).toBe('a runs images with the name gateway, not edge.')
  })
})

describe('the first wave', () => {
  const planWith = (...waves: string[][]): Plan => ({
    ...planSchema.parse({ targets: known, waves: [{ name: 'all', groups: known.map(({ group: name }) => name) }] }),
    waves: waves.map((groups, i) => planSchema.shape.waves.element.parse({ name: `${i}`, groups })),
  })
  const message = (name: string) =>
    `${name} is of the ring fleet. The first wave has only groups of the ring canary: move it to a later one.`
  it.each<[string, string[][], [number, string][]]>([
    ['of the canary’s ring alone', [['canary'], ['a', 'b']], []],
    [
      'of others',
      [['a', 'b'], ['canary']],
      [
        [0, 'a'],
        [1, 'b'],
      ],
    ],
    ['of the canary’s ring and another', [['canary', 'b'], ['a']], [[1, 'b']]],
  ])('%s', (_what, waves, wrong) => {
    expect(canaryFaults(planWith(...waves), 'canary')).toEqual(
      wrong.map(([i, name]) => ({ path: ['waves', 0, 'groups', i], message: message(name) })),
    )
  })

  it('is any if no target is of the canary’s ring', () => {
    expect(canaryFaults(planWith(['a'], ['canary', 'b']), 'early')).toEqual([])
  })
})

it.each([
  ['approved', 0, 'approved'],
  ['approved', 61_000, 'approved'],
  ['declined', 0, 'declined'],
  ['withdrawn', 0, 'declined'],
  ['outdated', 0, 'expired'],
  ['pending', 59_999, 'waiting'],
  ['pending', 60_000, 'expired'],
] as const)('a request that is %s after %i ms: %s', (state, nowMs, approval) => {
  expect(approvalOf({ state }, { expiresAt: new Date(60_000) }, nowMs)).toBe(approval)
  expect(approvalOf(null, { expiresAt: new Date(60_000) }, nowMs)).toBe('expired')
})

describe('what blocks a wave', () => {
  const notAsked = [{ kind: 'group not found' as const, group: null, reason: 'Nobody asked.', remedy: '' }]

  it.each(['judged', 'not judged'])(
    'is asked whenever the state machine may start one, and the groups of it are read (%s)',
    (judged) => {
      const plan = planOf(judged === 'judged' ? {} : { judge: null })
      const world = new World(sizes)
      let state = newRollout()
      let nowMs = 0
      for (let i = 0; i < 200 && !isOver(state); i++) {
        // At first nobody has approved it, and each wave is held by the judge for a while.
        const approval = i < 3 ? 'waiting' : 'approved'
        const verdict = {
          wave: state.wave,
          verdict: { outcome: i % 7 < 3 ? 'inconclusive' : 'pass', words: '' },
        } as const
        const next = startsNext(plan, state, { approval, verdict }, nowMs)
        const all = world.observe({ approval, verdict, blocks: next === null ? notAsked : [] })
        const wanted = groupsOfNow(plan, state, next)
        const groups = new Map([...all.groups].filter(([name]) => wanted.includes(name)))
        const step = nextStep('r-1', plan, state, { ...all, groups }, nowMs)
        expect(step.state.holding ?? '').not.toMatch(/Nobody asked|Could not read/)
        state = step.state
        for (const command of step.commands) world.call(command)
        world.pass(15)
        nowMs += 15_000
      }
      expect(state.phase).toBe('succeeded')
    },
  )

  it('is not asked while it is paused, aborted or rolls back', () => {
    const plan = planOf()
    const seen = { approval: 'approved', verdict: null } as const
    const states: Partial<State>[] = [
      { phase: 'running', paused: { by: 'Ada', reason: 'lunch', atMs: 0 } },
      { phase: 'aborting' },
      { phase: 'rolling back' },
    ]
    for (const state of states) expect(startsNext(plan, stateSchema.parse(state), seen, 0)).toBeNull()
  })
})

const group = (ids: readonly string[], change: Partial<Group> = {}): Group => ({
  ...{ templateVersion: '1', imageId: 'ami-old', desired: ids.length, candidateVersion: null, refreshes: [] },
  instances: ids.map((id) => ({
    ...{ id, zone: 'eu-west-1a', templateVersion: '1', lifecycle: 'InService' as const },
    ...{ isProtected: false, isReady: true, isSilent: false },
  })),
  ...change,
})

describe('an instance is silent', () => {
  const now = 100_000
  const silent = (heartbeatMs: number | null, sinceMs: number) => {
    const gateways = new Map(heartbeatMs === null ? [] : [['i-1', { heartbeatAt: new Date(heartbeatMs) }]])
    return withSilence(group(['i-1']), gateways, sinceMs, now).instances[0]?.isSilent
  }
  it.each([
    ['if its heartbeats stopped', now - 15_001, 0, true],
    ['not if it missed a few', now - 15_000, 0, false],
    ['not before this process could hear it', 0, now - 15_000, false],
    ['not if it never sent any, because not every image has a gateway', null, 0, false],
  ])('%s', (_what, heartbeatMs, sinceMs, is) => expect(silent(heartbeatMs, sinceMs)).toBe(is))
})

it('many groups are read less often, so that the calls of AWS stay within its rates', () => {
  const names = Array.from({ length: 48 }, (_, i) => `group-${i}`)
  const read = remember(
    { plan: planOf(), state: newRollout(), seen: nothingSeen() },
    new Map(names.map((name) => [name, group([])])),
    new Map(),
    100_000,
  )
  expect([111_999, 112_000].map((nowMs) => isTimeToRead(names, read, nowMs))).toEqual([false, true])
  expect(isTimeToRead(['group-0'], read, 100_250)).toBe(true)
  expect([isTimeToRead(['new'], read, 100_250), isTimeToRead([], read, 100_000)]).toEqual([true, true])
})

it('an AWS that throttles is not asked before it is time', () => {
  const seen = { ...nothingSeen(), away: { times: 1, againAtMs: 105_000 } }
  expect([104_999, 105_000].map((nowMs) => isTimeToRead(['canary'], seen, nowMs))).toEqual([false, true])
})

describe('what is remembered', () => {
  const plan = planSchema.parse({
    targets: [target('canary'), target('rest')],
    waves: [
      { name: 'canary', groups: ['canary'] },
      { name: 'rest', groups: ['rest'] },
    ],
  })
  const waiting = { plan, state: newRollout(), seen: nothingSeen() }
  const running = stateSchema.parse({ phase: 'running', previous: { canary: '1' } })
  const first = remember(waiting, new Map([['canary', group(['i-1'])]]), new Map([['rest', 'throttled']]), 10_000)
  const at = (ids: readonly string[], versions: readonly string[]) => {
    const read = group(ids, { candidateVersion: '2' })
    return { ...read, instances: read.instances.map((each, i) => ({ ...each, templateVersion: versions[i] ?? '' })) }
  }

  it('of instances that are ready when they are seen first, nobody knows since when', () => {
    expect(first.ready).toEqual({ 'i-1': { group: 'canary', isCandidate: false, readySeconds: 0 } })
    expect(first.unread).toEqual({ rest: 'throttled' })
    expect(groupsToRead(plan, [], first, 39_999).map((each) => each.group)).toEqual(['rest'])
    expect(groupsToRead(plan, [], first, 40_000).map((each) => each.group)).toEqual(['canary', 'rest'])
    expect(groupsToRead(plan, ['canary'], first, 10_001).map((each) => each.group)).toEqual(['canary', 'rest'])
  })

  it('a candidate counts from when it was ready, also after it ended; others are forgotten', () => {
    const second = remember(
      { plan, state: running, seen: first },
      new Map([['canary', at(['i-2'], ['2'])]]),
      new Map(),
      20_000,
    )
    expect(second.ready).toEqual({ 'i-2': { group: 'canary', isCandidate: true, readySeconds: 20 } })
    expect(second.before).toEqual({ canary: 'ami-old' })
    const third = remember(
      { plan, state: running, seen: second },
      new Map([['canary', at(['i-3'], ['2'])]]),
      new Map(),
      30_000,
    )
    expect(Object.keys(third.ready)).toEqual(['i-3', 'i-2'])
    const later = stateSchema.parse({ ...running, wave: 1 })
    const fourth = remember(
      { plan, state: later, seen: third },
      new Map([['canary', at(['i-3'], ['2'])]]),
      new Map(),
      40_000,
    )
    expect(Object.keys(fourth.ready)).toEqual(['i-3'])
  })
})
