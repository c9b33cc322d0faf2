import fc from 'fast-check'
import { expect, it } from 'vitest'
import { labelCountMax } from './labelLimits.ts'
import { encodeSeriesLabels } from './labels.ts'
import { WriteRequestReader } from './reader.ts'
import { labels } from './testing/arbitrary.ts'
import { canonicalLabels, encodeOracleV1, encodeOracleV2, type OracleLabel } from './testing/oracle.ts'

const reader = new WriteRequestReader()
const point = { samples: [{ value: 1, timestamp: 1 }], exemplars: [], histograms: [] }

/** Parses one series for each list of labels. */
function parse(version: 1 | 2, all: OracleLabel[][]): void {
  if (version === 1) {
    reader.parse(encodeOracleV1({ timeseries: all.map((each) => ({ labels: each, ...point })), metadata: [] }), 1)
    return
  }
  const symbols = ['']
  const ref = (text: string) => (symbols.includes(text) ? symbols.indexOf(text) : symbols.push(text) - 1)
  const timeseries = all.map((each) => ({
    labels_refs: each.flatMap(({ name, value }) => [ref(name), ref(value)]),
    ...point,
  }))
  reader.parse(encodeOracleV2({ symbols, timeseries }), 2)
}
const flat = (all: readonly OracleLabel[]) => all.flatMap(({ name, value }) => [name, value])
const pairs = (...texts: string[]) =>
  texts.flatMap((name, i) => (i % 2 ? [] : [{ name, value: texts[i + 1] as string }]))

it.each([1, 2] as const)(
  'labels in any order, also with empty ones between, are the same series in %i.0',
  (version) => {
    const empties = fc.uniqueArray(fc.stringMatching(/^empty_[a-z]{1,3}$/), { maxLength: 3 })
    const shuffled = fc.tuple(labels, empties).chain(([all, names]) => {
      const more = [...all, ...names.map((name) => ({ name, value: '' }))]
      return fc.tuple(fc.constant(all), fc.shuffledSubarray(more, { minLength: more.length }))
    })
    fc.assert(
      fc.property(shuffled, ([all, more]) => {
        const canonical = flat(canonicalLabels(all))
        parse(version, [all, more])
        const block = encodeSeriesLabels(canonical, 'tenant', 'acme')
        expect([reader.labels(0), reader.labels(1)]).toEqual([canonical, canonical])
        expect(reader.key(1)).toBe(reader.key(0))
        expect([0, 1].map((series) => reader.labelsMatch(series, block))).toEqual([true, true])
        expect([0, 1].map((series) => reader.isOdd(series))).toEqual([false, false])
      }),
    )
  },
)

it('labels are sorted however many there may be', () => {
  const reversed = Array.from({ length: labelCountMax }, (_, i) => ({ name: `l${9_999 - i}`, value: `${i}` }))
  parse(1, [reversed])
  expect(reader.labels(0)).toEqual(flat(reversed.toReversed()))
})

it.each([1, 2] as const)('a name that is there twice stays there twice in %i.0', (version) => {
  parse(version, [pairs('job', 'b', '__name__', 'up', 'job', 'a'), pairs('__name__', 'up', 'job', 'b')])
  expect(reader.labels(0)).toEqual(['__name__', 'up', 'job', 'b', 'job', 'a'])
  expect(reader.key(0)).not.toBe(reader.key(1))
  expect(reader.labelsMatch(0, encodeSeriesLabels(reader.labels(1), 'tenant', 'acme'))).toBe(false)
})

it.each([1, 2] as const)('values that change places are another series in %i.0', (version) => {
  parse(version, [pairs('a', '1', 'b', '2'), pairs('a', '2', 'b', '1'), pairs('1', 'a', '2', 'b')])
  expect(new Set([0, 1, 2].map((series) => reader.key(series))).size).toBe(3)
})
