import { planSchema, type State, stateSchema } from '@tickwatch/rollout'
import { describe, expect, it } from 'vitest'
import { nothingSeen, type Seen } from './rollout.stored.ts'
import { standing, unreadWords } from './rollout.words.ts'
import { waveProgress } from './waves.ts'

const target = { environment: 'test', region: 'eu-west-1', zones: ['eu-west-1a'], ring: 'fleet' }
const plan = planSchema.parse({
  targets: [
    { ...target, group: 'canary' },
    { ...target, group: 'rest' },
  ],
  waves: [
    { name: 'canary', groups: ['canary'], bakeSeconds: 900 },
    { name: 'rest', groups: ['rest'], judge: null },
  ],
})
const now = Date.parse('2026-12-01T12:00:00Z')
/** Groups of two, of which so many instances are ready with the candidate. */
const seenWith = (candidates: number, change: Partial<Seen> = {}): Seen => {
  const instance = (id: string, version: string) => ({
    ...{ id, zone: 'eu-west-1a', templateVersion: version, lifecycle: 'InService' as const },
    ...{ isProtected: false, isReady: true, isSilent: false },
  })
  const instances = [0, 1].map((i) => instance(`i-${i}`, i < candidates ? '2' : '1'))
  const group = { templateVersion: '1', imageId: 'ami-old', desired: 2, candidateVersion: '2', instances, atMs: 0 }
  return { ...nothingSeen(), groups: { canary: group, rest: { ...group, instances: [] } }, ...change }
}
const running = (change: Partial<State> = {}): State =>
  stateSchema.parse({ phase: 'running', previous: { canary: '1' }, ...change })
const baked = { bakeStartedMs: now - 900_000 }
const ending = { by: null, reason: 'The canary fails.' }
const both = { previous: { canary: '1', rest: '1' } }

describe('where it stands', () => {
  it.each<[State, Seen, string[], string]>([
    [
      stateSchema.parse({ phase: 'waiting' }),
      nothingSeen(),
      ['waiting', 'waiting'],
      'It waits for approval, at most until 2026-12-01 13:00 UTC.',
    ],
    [running({ previous: {} }), seenWith(0), ['waiting', 'waiting'], 'The wave canary is about to start.'],
    [
      running(),
      seenWith(1),
      ['running', 'waiting'],
      'In the wave canary 1 of 2 instances runs the candidate and is ready.',
    ],
    [
      running({ bakeStartedMs: now - 60_000 }),
      seenWith(2),
      ['baking', 'waiting'],
      'The wave canary runs the candidate and bakes until 2026-12-01 12:14 UTC.',
    ],
    [running(baked), seenWith(2), ['judging', 'waiting'], 'The wave canary has baked, and the judge decides.'],
    [
      running({ ...both, wave: 1, bakeStartedMs: now - 1_800_000 }),
      seenWith(2),
      ['complete', 'baking'],
      'The wave rest runs the candidate and has baked. Auto Scaling ends its instance refresh.',
    ],
    [running(), nothingSeen(), ['running', 'waiting'], 'Of the wave canary no instance is known yet.'],
    [
      running({ ...baked, holding: 'Not decided yet.' }),
      seenWith(2),
      ['judging', 'waiting'],
      'It holds. Not decided yet.',
    ],
    [
      running({ paused: { by: 'Ada', reason: 'lunch.', atMs: now } }),
      seenWith(1),
      ['running', 'waiting'],
      'Ada paused it: lunch.',
    ],
    [
      running(),
      seenWith(0, { refused: 'AWS refuses a call: no right.' }),
      ['running', 'waiting'],
      'AWS refuses a call: no right. It is tried again.',
    ],
    [
      running({ phase: 'rolling back', ending }),
      seenWith(1, { refused: 'AWS throttles the calls of this account.' }),
      ['rolling back', 'waiting'],
      'It rolls back: The canary fails. AWS throttles the calls of this account. It is tried again.',
    ],
    [
      running({ phase: 'aborting', ending: { by: 'Ada', reason: 'wrong image' } }),
      seenWith(1, { refused: 'AWS is busy.' }),
      ['failed', 'waiting'],
      'It is being aborted by Ada: wrong image. AWS is busy. It is tried again.',
    ],
    [
      running({ ...both, wave: 1 }),
      seenWith(2),
      ['complete', 'running'],
      'In the wave rest 0 of 2 instances run the candidate and are ready.',
    ],
    [
      running({ phase: 'rolling back', ending }),
      seenWith(1),
      ['rolling back', 'waiting'],
      'It rolls back: The canary fails.',
    ],
    [
      running({ phase: 'rolled back', ending }),
      seenWith(0),
      ['rolled back', 'waiting'],
      'It was rolled back: The canary fails.',
    ],
    [
      running({ phase: 'rolled back', ending: { by: 'Ada', reason: 'too slow' } }),
      seenWith(0),
      ['rolled back', 'waiting'],
      'It was rolled back by Ada: too slow.',
    ],
    [
      running({ phase: 'rollback failed', ending }),
      seenWith(0),
      ['failed', 'waiting'],
      'Its rollback failed, and nothing touches its groups any more. It rolled back: The canary fails.',
    ],
    [
      running({ phase: 'aborted', ending: { by: 'Ada', reason: 'wrong image' } }),
      seenWith(1),
      ['failed', 'waiting'],
      'It was aborted by Ada: wrong image.',
    ],
    [
      running({ ...both, phase: 'succeeded', wave: 1 }),
      seenWith(2),
      ['complete', 'complete'],
      'All 2 waves run the candidate.',
    ],
    [stateSchema.parse({ phase: 'declined' }), nothingSeen(), ['waiting', 'waiting'], 'It was not approved.'],
    [stateSchema.parse({ phase: 'expired' }), nothingSeen(), ['waiting', 'waiting'], 'Nobody approved it in time.'],
  ])('%#', (state, seen, states, words) => {
    const about = { plan, state, seen, expiresAt: new Date(now + 3_600_000) }
    expect(plan.waves.map((_, i) => waveProgress(about, i, now).state)).toEqual(states)
    expect(standing(about, now)).toBe(words)
  })

  it('counts those with the candidate, and on the way back those with what they ran before', () => {
    const ready = (state: State) => waveProgress({ plan, state, seen: seenWith(1) }, 0, now)
    expect(ready(running())).toMatchObject({ ready: 1, total: 2 })
    const silent = seenWith(1)
    const [first] = silent.groups.canary?.instances ?? []
    if (first) first.isSilent = true
    expect(waveProgress({ plan, state: running(), seen: silent }, 0, now)).toMatchObject({ ready: 0, total: 2 })
    expect(ready(running({ phase: 'rolling back', ending }))).toMatchObject({ ready: 1, total: 2 })
    expect(waveProgress({ plan, state: running(), seen: nothingSeen() }, 0, now)).toMatchObject({ ready: 0, total: 0 })
  })
})

it.each([
  [{}, []],
  [{ a: 'AWS throttles.' }, ['a could not be read. AWS throttles.']],
  [
    { b: 'AWS throttles.', c: 'There is no such group.', a: 'AWS throttles.' },
    ['a, b could not be read. AWS throttles.', 'c could not be read. There is no such group.'],
  ],
])('groups that can’t be read are named once for each reason: %j', (unread, words) => {
  expect(unreadWords(unread)).toEqual(words)
})
