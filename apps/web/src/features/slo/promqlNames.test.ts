import { describe, expect, it } from 'vitest'
import type { PromqlKind } from './promqlCompletion.ts'
import { type NamesInput, namesFor, noticeOf } from './promqlNames.ts'

const metrics = ['age', 'age_count_total', 'lag_seconds', 'up', 'wait_bucket', 'wait_count', 'wait_sum']

function asking(kind: PromqlKind) {
  const asked: NamesInput[] = []
  const names = namesFor(kind, async (input) => {
    asked.push(input)
    return input.of === 'metrics' ? metrics : ['code', 'le']
  })
  return { asked, names }
}

describe('the names that are offered', () => {
  it('are metrics as the field takes them', async () => {
    expect(await asking('selector').names.metricNames()).toEqual(metrics)
    expect(await asking('histogram').names.metricNames()).toEqual(['age', 'lag_seconds', 'up', 'wait'])
  })

  it.each<[PromqlKind, string | undefined, string | null, string[]]>([
    ['selector', 'up', 'up', ['code', 'le']],
    ['condition', '', null, ['code', 'le']],
    ['condition', undefined, null, ['code', 'le']],
    ['histogram', 'wait', 'wait_count', ['code']],
    ['histogram', 'age', 'age', ['code']],
  ])('in a %s of %s are labels and values of %s', async (kind, metric, ofMetric, labels) => {
    const { asked, names } = asking(kind)
    expect(await names.labelNames(metric)).toEqual(labels)
    await names.labelValues('code', metric)
    expect(asked.filter(({ of }) => of !== 'metrics')).toEqual([
      { of: 'labels', metric: ofMetric },
      { of: 'values', metric: ofMetric, label: 'code' },
    ])
  })
})

it.each([
  ['nothing, if all are offered', { missing: null, more: false }, /^$/],
  ['why none are offered', { missing: 'The store is away.', more: false }, /^The store is away\. Type them in full\.$/],
  [
    'that some are not offered',
    { missing: null, more: true },
    /^Not all names are offered: .* Type the others in full\./,
  ],
])('the form says %s', (_what, answer, notice) => expect(noticeOf(answer)).toMatch(notice))
