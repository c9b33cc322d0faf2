import { describe, expect, it } from 'vitest'
import { historySentence } from './usage.ts'

describe('the sentence above the chart', () => {
  const fromMs = Date.parse('2026-11-23T12:00:00Z')
  const range = { words: 'in the last hour', fromMs, toMs: fromMs + 3_600_000 }
  const figures = {
    highestUse: 50_000,
    highestRefused: 2_400,
    refusedSeconds: 345,
    sinceSeconds: fromMs / 1_000 + 15,
    resolutionSeconds: 15,
  }
  const history = {
    limit: 'ingest.samplesPerSecond' as const,
    ...{ stepSeconds: 300, points: [], changes: [], historyMissing: null, figures },
  }
  const say = (over: object, limitNow: number | null = 50_000, of = range) =>
    historySentence({ ...history, ...over }, 'acme', of, limitNow, 'UTC')

  it('tells the highest use, and what was refused for how long, of the whole range', () => {
    expect(say({})).toBe(
      'Highest use in the last hour: 50 k samples/s, limit now 50 k samples/s; refused for 5 min 45 s, at most 2.4 k samples/s.',
    )
    expect(say({ figures: { ...figures, refusedSeconds: 0 } })).toBe(
      'Highest use in the last hour: 50 k samples/s, limit now 50 k samples/s; nothing was refused because of this limit.',
    )
  })

  it('begins where data begins', () => {
    const late = { figures: { ...figures, sinceSeconds: fromMs / 1_000 + 1_260 } }
    expect(say(late)).toMatch(/^Highest use in the last hour, in which acme’s data begins at 12:21: 50 k/)
    const month = { words: 'in the last 30 days', fromMs: fromMs - 30 * 86_400_000, toMs: range.toMs }
    expect(say(late, null, month)).toMatch(
      /^Highest use in the last 30 days, in which acme’s data begins on 23 Nov 2026, 12:21:00 UTC: /,
    )
  })

  it('says that nothing was measured, or that the store did not answer', () => {
    expect(say({ figures: null }, null)).toBe('Nothing was measured in the last hour.')
    const historyMissing = 'History is missing: the metrics store does not answer right now.'
    expect(say({ figures: null, historyMissing })).toBe(historyMissing)
  })
})
