import { describe, expect, it } from 'vitest'
import { environmentWords, type Freeze, freezeSentence, readFreeze } from './freezes.ts'

const by = { subject: 'ada', name: 'Ada' }
const freeze = (over: Partial<Freeze> = {}): Freeze => ({
  ...{ id: 'f-1', reason: 'the launch', startsAt: '2026-12-03T12:00:00.000Z', endsAt: '2026-12-04T12:00:00.000Z' },
  ...{ until: '2026-12-04T12:00:00.000Z', environments: [], by, createdAt: '2026-12-01T12:00:00.000Z' },
  ...{ state: 'holds', ended: null },
  ...over,
})
const at = (time: string) => Date.parse(time)

it('is of all environments if it names none', () => {
  expect(environmentWords(freeze())).toBe('all environments')
  expect(environmentWords({ environments: ['prod', 'stage'] })).toBe('prod, stage')
})

it.each([
  ['Nothing is frozen.', []],
  ['Nothing is frozen now; 1 window is coming.', [freeze({ state: 'coming' })]],
  ['No wave of a rollout starts now in any environment.', [freeze(), freeze({ environments: ['prod'] })]],
  ['No wave of a rollout starts now in prod and stage.', [freeze({ environments: ['stage', 'prod'] })]],
])('the page says: %s', (sentence, current) => {
  expect(freezeSentence(current)).toBe(sentence)
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
