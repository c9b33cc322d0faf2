import { type RefusalReason, refusalReasons } from '@tickwatch/policy'
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
    expect(remedyOf(cause('label-value', ['x'], [['cpu', 2]])).words).toMatch(
      /^The answer to the writer names the label/,
    )
  })
  const helps: Record<RefusalReason, RegExp> = {
    rate: /^Scrape less often/,
    'request-rate': /^Send larger batches/,
    'in-flight': /^Send fewer requests at the same time, and fewer bytes for each sample/,
    burst: /^Send smaller batches, or raise the burst/,
    'request-bytes': /^Send smaller batches, or raise the request size/,
    'active-series': /^Send fewer label combinations/,
    'label-name': /^Drop the labels/,
    'label-value': /which values it may have/,
    'label-reserved': /^Drop the labels/,
    'label-count': /^Send fewer labels with each series/,
    'label-name-bytes': /^Shorten the label name/,
    'label-value-bytes': /^Shorten the label value/,
    'label-invalid': /metric_name_escaping_scheme: underscores/,
    'histogram-invalid': /^Fix the program that makes the native histogram/,
    'exemplar-invalid': /^Fix the program that sets the exemplar/,
    'metadata-invalid': /^Fix the program that describes the metric/,
    'too-old': /^Send samples within an hour/,
    'too-new': /^Send samples at most 10 minutes ahead/,
    upstream: /^The storage did not accept the samples\..*need not change/,
    malformed: /^What arrives is not remote write/,
    suspended: /^Ask the platform team/,
  }
  it.each(Object.entries(helps))('against %s is its own', (reason, words) =>
    expect(remedyOf(cause(reason)).words).toMatch(words),
  )
  it('blames no sender’s series where none is wrong', () => {
    for (const reason of ['upstream', 'malformed', 'in-flight', 'suspended']) {
      expect(remedyOf(cause(reason)).words).not.toMatch(/first series|names what is wrong/)
    }
  })
  it('against a reason of a later gateway refers to its answer', () =>
    expect(remedyOf(cause('of-tomorrow')).words).toBe('The answer to the writer names what is wrong.'))
  it('is a sentence for every reason', () => {
    for (const reason of Object.keys(refusalReasons)) expect(remedyOf(cause(reason)).words).toMatch(/\.$/)
  })
})
