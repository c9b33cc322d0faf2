import { describe, expect, it } from 'vitest'
import { environmentWords, type Freeze, freezeSentence, freezeState, readFreeze } from './freezes.ts'

const by = { subject: 'ada', name: 'Ada' }
const freeze = (over: Partial<Freeze> = {}): Freeze => ({
  ...{ id: 'f-1', reason: 'the launch', startsAt: '2026-12-03T12:00:00.000Z', endsAt: '2026-12-04T12:00:00.000Z' },
  ...{ until: '2026-12-04T12:00:00.000Z', environments: [], by, createdAt: '2026-12-01T12:00:00.000Z', ended: null },
  ...over,
})
const at = (time: string) => Date.parse(time)
const endedAt = (time: string) => ({ until: time, ended: { by, reason: 'done', at: time } })

describe('a freeze window', () => {
  it.each<[string, string, Partial<Freeze>]>([
    ['coming', '2026-12-03T11:59:59.999Z', {}],
    ['holds', '2026-12-03T12:00:00.000Z', {}],
    ['holds', '2026-12-04T11:59:59.999Z', {}],
    ['over', '2026-12-04T12:00:00.000Z', {}],
    ['ended', '2026-12-03T13:00:00.000Z', endedAt('2026-12-03T13:00:00.000Z')],
    ['cancelled', '2026-12-02T13:00:00.000Z', endedAt('2026-12-03T12:00:00.000Z')],
  ])('is %s at %s', (state, now, over) => {
    expect(freezeState(freeze(over), at(now))).toBe(state)
  })
  it('is of all environments if it names none', () => {
    expect(environmentWords(freeze())).toBe('all environments')
    expect(environmentWords({ environments: ['prod', 'stage'] })).toBe('prod, stage')
  })
})

it.each([
  ['Nothing is frozen.', []],
  ['Nothing is frozen now; 1 window is coming.', [freeze({ startsAt: '2026-12-03T20:00:00.000Z' })]],
  ['No wave of a rollout starts now in any environment.', [freeze(), freeze({ environments: ['prod'] })]],
  ['No wave of a rollout starts now in prod and stage.', [freeze({ environments: ['stage', 'prod'] })]],
])('the page says: %s', (sentence, current) => {
  expect(freezeSentence(current, at('2026-12-03T13:00:00.000Z'))).toBe(sentence)
})

describe('the drawer', () => {
  const [startMs, endMs] = [at('2026-12-03T12:00:00.000Z'), at('2026-12-03T13:00:00.000Z')]
  const texts = { startMs, endMs, environments: ['prod'], reason: ' the launch ' }
  it('sends the times in UTC, and the reason without blanks around it', () => {
    expect(readFreeze(texts).freeze).toEqual({
      ...{ startsAt: '2026-12-03T12:00:00.000Z', endsAt: '2026-12-03T13:00:00.000Z' },
      ...{ environments: ['prod'], reason: 'the launch' },
    })
  })
  it.each([
    ['an end before the beginning', { endMs: startMs }, 'end'],
    ['a beginning that is no time', { startMs: Number.NaN }, 'start'],
    ['an end that is no time', { endMs: Number.NaN }, 'end'],
    ['no reason', { reason: ' ' }, 'reason'],
  ] as const)('sends nothing with %s', (_what, over, field) => {
    const { freeze: read, faults } = readFreeze({ ...texts, ...over })
    expect(read).toBeNull()
    expect(faults[field]).toMatch(/^Enter /)
  })
})
