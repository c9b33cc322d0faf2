import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Outcome } from '../judge/verdict.ts'
import { drive as driveChecked, type End, type Run, type VerdictOf } from '../testing/drive.ts'
import { begunCount, orderFaults } from '../testing/order.ts'
import { planOf, sizes } from '../testing/plans.ts'
import { type Trouble, World } from '../testing/world.ts'
import { byHand } from './byHand.ts'
import { nextStep } from './nextStep.ts'
import type { Observed, Step } from './observed.ts'
import { newRollout, type State } from './state.ts'

const plan = planOf()
const tickSeconds = 15

/** The same question again has the same answer, and nothing new to tell. */
function expectFixed({ state, commands }: Step, observed: Observed, nowMs: number) {
  expect(nextStep('r-1', plan, state, observed, nowMs)).toEqual({ state, commands, events: [] })
}
const drive = (trouble: Trouble, verdictOf: VerdictOf, ends: readonly End[] = []): Run =>
  driveChecked(trouble, verdictOf, ends, expectFixed)

const verdict = (wave: number, outcome: Outcome, words: string): Observed['verdict'] => ({
  wave,
  verdict: { outcome, words },
})
const passes = ({ wave }: State) => verdict(wave, 'pass', 'No worse.')
/** As soon as the wave is complete. */
const failsAt =
  (bad: number): VerdictOf =>
  (state) =>
    state.wave === bad && state.bakeStartedMs !== null ? verdict(bad, 'fail', 'It is worse.') : passes(state)

const versions = ({ world }: Run) =>
  [...world.groups.values()].flatMap((group) => [
    group.templateVersion,
    ...group.instances.map((i) => i.templateVersion),
  ])

describe('a rollout', () => {
  it('goes wave by wave, and starts one refresh of each group', () => {
    const run = drive({}, passes)
    expect(run.state.phase).toBe('succeeded')
    expect(new Set(versions(run))).toEqual(new Set(['8']))
    expect(run.world.effects).toEqual(
      ['canary', 'one', 'two', 'three']
        .flatMap((group) => [`create template version ${group}`, `start refresh ${group} to 8`])
        .sort(inOrder),
    )
    expect(run.events.map(({ kind }) => kind)).toEqual([
      'started',
      ...times(3, ['wave started', 'wave complete']),
      'succeeded',
    ])
  })

  it('that the judge fails in the second wave goes back everywhere, also where a wave had ended', () => {
    const run = drive({}, failsAt(1))
    expect(run.state).toMatchObject({ phase: 'rolled back', ending: { by: null, reason: 'It is worse.' } })
    expect(new Set(versions(run))).toEqual(new Set(['7']))
    expect(run.world.effects.filter((effect) => /two|three/.test(effect))).toEqual([])
    expect(run.world.effects).toContain('start refresh canary to 7')
  })

  it('whose instances never get ready is stopped at the canary', () => {
    const run = drive({ neverReady: ['canary'] }, () => null)
    expect(run.state.phase).toBe('rolled back')
    expect(run.state.ending?.reason).toBe(
      'For 600 s no further instance got ready: 0 of 1 run the candidate and are ready.',
    )
    expect(new Set(versions(run))).toEqual(new Set(['7']))
  })

  it('whose rollback fails ends so, and the other groups go back all the same', () => {
    const run = drive({ rollbackFails: ['one'] }, failsAt(1))
    expect(run.state.phase).toBe('rollback failed')
    expect(run.events.at(-1)?.words).toContain('The rollback of one failed')
    expect(run.world.group('canary').templateVersion).toBe('7')
  })

  it('that is never judged holds, and says so once', () => {
    const run = drive({}, () => null)
    expect(run.state).toMatchObject({ phase: 'running', wave: 0, holding: 'Nobody has judged this wave yet.' })
    expect(run.events.filter(({ kind }) => kind === 'holding')).toHaveLength(1)
  })
})
const times = (count: number, kinds: string[]) => Array.from({ length: count }, () => kinds).flat()
/** The order of the waves; the last wave's groups change together. */
const order = [
  'create template version canary',
  'start refresh canary to 8',
  'create template version one',
  'start refresh one to 8',
]
order.push(
  'create template version two',
  'create template version three',
  'start refresh two to 8',
  'start refresh three to 8',
)
const inOrder = (a: string, b: string) => order.indexOf(a) - order.indexOf(b)

const end = fc.constantFrom<End>('never', 'before anything', 'after the calls', 'after storing')
const ends = fc.array(end, { maxLength: 60 })

describe('whatever is seen, and wherever processes end', () => {
  const names = Object.keys(sizes)
  const outcome = fc.constantFrom<Outcome | null>('pass', 'pass', 'pass', 'inconclusive', null, 'fail')
  /** At first one after another, and then for ever that the wave passes. */
  const saying =
    (outcomes: readonly (Outcome | null)[]): VerdictOf =>
    ({ wave }, nowMs) => {
      const said = outcomes[nowMs / (tickSeconds * 1_000)]
      return said === null ? null : verdict(wave, said ?? 'pass', `It is ${said}.`)
    }

  it('no wave begins before every earlier one is done, and none after one that is bad', () => {
    const trouble = fc.record({ neverReady: fc.subarray(names), rollbackFails: fc.subarray(names) })
    fc.assert(
      fc.property(trouble, fc.array(outcome, { maxLength: 80 }), ends, (given, outcomes, ended) => {
        const { state, history } = drive(given, saying(outcomes), ended)
        expect(orderFaults(history)).toEqual([])
        const isBad = given.neverReady.length > 0 || history.some(({ did }) => did === 'hear of harm')
        expect(state.phase === 'succeeded').toBe(!isBad)
      }),
      { numRuns: 60 },
    )
  })

  it('every wave begins if none is bad, however late the verdicts come', () => {
    const late = fc.array(fc.constantFrom<Outcome | null>('pass', 'inconclusive', null), { maxLength: 120 })
    fc.assert(
      fc.property(late, ends, (outcomes, ended) => {
        const { state, history } = drive({}, saying(outcomes), ended)
        expect([state.phase, begunCount(history)]).toEqual(['succeeded', plan.waves.length])
      }),
      { numRuns: 30 },
    )
  })
})

describe('a process that ends at any point', () => {
  const cases: [string, Trouble, VerdictOf][] = [
    ['of a good image', {}, passes],
    ['of one that the judge fails in wave 1', {}, failsAt(0)],
    ['of one that the judge fails in wave 3', {}, failsAt(2)],
    ['whose rollback fails', { rollbackFails: ['one'] }, failsAt(1)],
  ]
  it.each(cases)('changes nothing in a rollout %s', (_, trouble, verdictOf) => {
    const whole = drive(trouble, verdictOf)
    fc.assert(
      fc.property(ends, (ended) => {
        const broken = drive(trouble, verdictOf, ended)
        expect(broken.state.phase).toBe(whole.state.phase)
        expect(versions(broken)).toEqual(versions(whole))
        expect(broken.world.effects.toSorted()).toEqual(whole.world.effects.toSorted())
        expect(broken.events.map(({ kind }) => kind)).toEqual(whole.events.map(({ kind }) => kind))
      }),
      { numRuns: 30 },
    )
  })

  it('replaying what was seen until any moment gives the same commands', () => {
    const seen: [Observed, number][] = []
    const world = new World(sizes)
    const commandsFor = (all: typeof seen) => {
      let state = newRollout()
      return all.map(([observed, nowMs]) => {
        const step = nextStep('r-1', plan, state, observed, nowMs)
        state = step.state
        return step.commands
      })
    }
    for (let i = 0; i < 60; i++) {
      seen.push([world.observe({ verdict: verdict(i < 30 ? 0 : 1, 'pass', 'No worse.') }), i * tickSeconds * 1_000])
      const first = commandsFor(seen)
      for (const command of first.at(-1) ?? []) world.call(command)
      world.pass(tickSeconds)
      expect(commandsFor(seen)).toEqual(first)
    }
  })
})

it('a person’s action is not lost over a restart, and an aborted rollout stays so', () => {
  const world = new World(sizes)
  let state = nextStep('r-1', plan, newRollout(), world.observe(), 0).state
  const acted = byHand(state, { kind: 'abort', by: 'Ada', reason: 'wrong image' }, 1_000)
  if (acted.refusal !== null) throw new Error(acted.refusal)
  state = nextStep('r-1', plan, JSON.parse(JSON.stringify(acted.state)) as State, world.observe(), 2_000).state
  expect(state).toMatchObject({ phase: 'aborted', ending: { by: 'Ada', reason: 'wrong image' } })
  for (const approval of ['approved', 'expired'] as const) {
    expect(nextStep('r-1', plan, state, world.observe({ approval, verdict: passes(state) }), 3_000)).toEqual({
      state,
      commands: [],
      events: [],
    })
  }
})
