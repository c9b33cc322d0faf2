import { describe, expect, it } from 'vitest'
import { remedyOf } from './remedy.ts'

const cause = (reason: string, metrics: string[] = [], labels: [string, number][] = []) => ({
  reason,
  metrics: metrics.map((name) => ({ name, samples: 1 })),
  labels: labels.map(([name, values]) => ({ name, values })),
})

describe('the remedy', () => {
  it('against too many series names the label with the most values, and drops the metric, not the label', () => {
    const { words, snippet } = remedyOf(
      cause(
        'active-series',
        ['kills_total'],
        [
          ['match', 4_000],
          ['region', 3],
        ],
      ),
    )
    expect(words).toMatch(/^The label match has the most values\./)
    expect(words).toMatch(/If nobody needs kills_total, drop it in the sender:$/)
    expect(snippet).toContain("regex: 'kills_total'\n    action: drop")
  })
  it('blames no label that has few values', () => {
    expect(remedyOf(cause('active-series', ['kills_total'], [['region', 3]])).words).toBe(
      'If nobody needs kills_total, drop it in the sender:',
    )
  })
  it('matches a masked part of a name by any id, and quotes what a pattern would read otherwise', () => {
    expect(remedyOf(cause('rate', ['player_#_kills'])).snippet).toContain("regex: 'player_.*_kills'")
    expect(remedyOf(cause('rate', ['http.server'])).snippet).toContain(String.raw`regex: 'http\.server'`)
  })
  it('names no metric whose name is not shown', () => {
    expect(remedyOf(cause('active-series', ['(not a plain name)']))).toEqual({
      words: 'Send fewer label combinations.',
      snippet: null,
    })
  })
  it('drops the labels that the schema does not allow', () => {
    expect(
      remedyOf(
        cause(
          'label-name',
          ['x'],
          [
            ['user', 2],
            ['match', 9],
          ],
        ),
      ).snippet,
    ).toContain("regex: 'user|match'\n    action: labeldrop")
  })
  it('tells the senders of a pair which cluster they may set, and others nothing of it', () => {
    expect(remedyOf(cause('label-value', ['x'], [['__replica__', 2]])).words).toMatch(
      /one of a pair, set its label cluster/,
    )
    expect(remedyOf(cause('label-value', ['x'], [['cpu', 2]])).words).toMatch(/^The answer to the writer/)
  })
  it.each([
    'request-rate',
    'in-flight',
    'request-bytes',
    'too-old',
    'too-new',
    'suspended',
    'malformed',
    'of-tomorrow',
  ])('against %s is a sentence', (reason) => expect(remedyOf(cause(reason)).words).toMatch(/\.$/))
})
