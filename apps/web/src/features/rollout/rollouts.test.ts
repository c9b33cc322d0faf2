import { describe, expect, it } from 'vitest'
import {
  actionWords,
  askHref,
  eventWords,
  noticesOf,
  observation,
  openSentence,
  type Phase,
  type RolloutRow,
  requestState,
  rolloutNumberOf,
  stateOf,
  waveWords,
} from './rollouts.ts'

const row = (over: Partial<RolloutRow> = {}): RolloutRow => ({
  ...{ id: 'r-1', number: 1, image: { id: 'i-1', name: 'gateway', version: '0.2.0' }, environment: 'prod' },
  ...{ phase: 'running', wave: null, by: { subject: 'ada', name: 'Ada' }, reason: 'a new release' },
  ...{ createdAt: '2026-12-03T12:00:00.000Z', startedAt: null, endedAt: null },
  ...{ holding: null, paused: null, words: 'It runs.', ...over },
})
const paused = { by: 'Ada', reason: 'the launch comes first', at: '2026-12-03T12:10:00.000Z' }

describe('the state of a rollout', () => {
  it.each<[string, Partial<RolloutRow>]>([
    ['info: runs', {}],
    ['warning: holds', { holding: 'There is no traffic to judge.' }],
    // The state machine says with `holding` too that a person paused it.
    ['warning: paused', { paused, holding: 'Ada paused it: the launch comes first' }],
    ['info: waits to start', { phase: 'waiting' }],
    // It holds no longer once it goes back.
    ['warning: rolls back', { phase: 'rolling back', holding: 'something old' }],
    ['good: succeeded', { phase: 'succeeded' }],
    ['bad: rollback failed', { phase: 'rollback failed' }],
    ['quiet: of a newer release', { phase: 'of a newer release' as Phase }],
  ])('is %s', (state, over) => {
    const { kind, words } = stateOf(row(over))
    expect(`${kind}: ${words}`).toBe(state)
  })
})

it.each([
  ['No rollout is open.', []],
  ['1 rollout is open: 1 runs.', [row()]],
  [
    '4 rollouts are open: 1 waits to start, 2 run, 1 paused.',
    [row({ phase: 'waiting' }), row(), row(), row({ paused })],
  ],
])('the list says %s', (sentence, open) => {
  expect(openSentence(open)).toBe(sentence)
})

it('names the wave that is under way', () => {
  expect(waveWords(row({ wave: { index: 1, name: 'eu-central-1a', count: 3 } }))).toBe('2 of 3: eu-central-1a')
  expect(waveWords(row())).toBe('–')
})

describe('what a page says besides the sentence under its title', () => {
  const notices = (over: object) =>
    noticesOf({ ...row(), ending: null, ...over }).map(({ kind, title, words }) => `${kind}, ${title}: ${words}`)

  it('is nothing that the sentence says', () => {
    expect(notices({ paused, words: 'Ada paused it: the launch comes first.' })).toEqual([])
    expect(notices({ holding: 'No traffic.', words: 'It holds. No traffic.' })).toEqual([])
    // The API ends the sentence with one full stop, whatever the reason ends with.
    expect(notices({ paused: { ...paused, reason: 'not now ...' }, words: 'Ada paused it: not now.' })).toEqual([])
    const ending = { by: null, reason: 'One sample was lost.' }
    expect(notices({ phase: 'rolled back', ending, words: 'It was rolled back: One sample was lost.' })).toEqual([])
  })
  it('is why it stands, if the sentence does not say it', () => {
    expect(notices({ paused })).toEqual(['warning, Paused: the launch comes first'])
    expect(notices({ holding: 'No traffic.' })).toEqual(['warning, It holds: No traffic.'])
    const ending = { by: 'Ada', reason: 'wrong image' }
    expect(notices({ phase: 'aborted', ending })).toEqual(['quiet, Why it was aborted: wrong image'])
  })
  it('is what to do after a rollback that failed', () => {
    const [first] = notices({ phase: 'rollback failed' })
    expect(first).toMatch(/^bad, The rollback failed: No rollout touches these groups any more\./)
  })
})

it.each([
  ['never', { phase: 'running', observedAt: null }],
  ['now', { phase: 'running', observedAt: '2026-12-03T11:59:00.000Z' }],
  ['old', { phase: 'running', observedAt: '2026-12-03T11:58:59.999Z' }],
  ['then', { phase: 'succeeded', observedAt: '2026-12-03T10:00:00.000Z' }],
  ['never', { phase: 'declined', observedAt: null }],
] as const)('AWS was read: %s', (when, rollout) => {
  expect(observation(rollout, Date.parse('2026-12-03T12:00:00.000Z'))).toBe(when)
})

it('says how many of those who must have approved', () => {
  const by = { subject: 'pat', name: 'Pat' }
  const approvals = [{ by, at: '2026-12-03T12:00:00.000Z', reason: 'agreed' }]
  expect(requestState({ state: 'pending', approvals, approversNeeded: 2 }).words).toBe('1 of 2 approved')
  expect(requestState({ state: 'outdated', approvals, approversNeeded: 2 }).words).toBe('closed without a decision')
})

it('does not name twice who did something', () => {
  const by = { subject: 'ada', name: 'Ada' }
  expect(eventWords({ words: 'Ada: the launch comes first', by })).toBe('the launch comes first')
  expect(eventWords({ words: 'Ada: the launch comes first', by: null })).toBe('Ada: the launch comes first')
  expect(eventWords({ words: 'Ada rolls back: wrong image', by })).toBe('Ada rolls back: wrong image')
})

it('says before an abort what stays changed', () => {
  expect(actionWords('abort', { number: 1, phase: 'waiting' }).sentence).toBe('It ends before it has changed anything.')
  expect(actionWords('abort', { number: 1, phase: 'running' }).sentence).toContain('nothing goes back')
})

it.each([
  ['12', 12],
  ['0', 0],
  ['new', 0],
  ['1e3', 0],
  ['9999999999', 0],
])('the number in the URL %s is %i', (text, number) => {
  expect(rolloutNumberOf(text)).toBe(number)
})

it('links to the form with what is known', () => {
  expect(askHref(null)).toBe('/rollouts/new')
  expect(askHref('i-1')).toBe('/rollouts/new?image=i-1')
  expect(askHref('i-1', 'prod & test')).toBe('/rollouts/new?image=i-1&environment=prod+%26+test')
})
