import { parser } from '@prometheus-io/lezer-promql'
import { expect, it } from 'vitest'
import { parseQuery, parseQuerySliced, pinLabel, pinLabelSliced } from './index.ts'
import { atOnce, type Sliced } from './slices.ts'

const stops = (work: Sliced<unknown>) => [...work].length

/** What there is to do for a query that the grammar can read. */
function workOf(query: string) {
  const parse = parser.startParse(query)
  let steps = 1
  let tree = parse.advance()
  for (; !tree; steps++) tree = parse.advance()
  let nodes = 0
  tree.iterate({ enter: () => void nodes++ })
  return { steps, nodes }
}

it('an ordinary query is parsed and pinned without a stop', () => {
  const query = 'sum by (region) (rate(game_ticks_total{job="game",code=~"5.."}[5m])) / 2'
  expect([stops(parseQuerySliced(query)), stops(pinLabelSliced(parseQuery(query), 'tenant', 'a'))]).toEqual([0, 0])
})

it.each([
  ['numbers', `label_join(${'-1,'.repeat(5_000)}1)`],
  ['selectors', `label_join(${'up{a="b"},'.repeat(900)}up)`],
  ['matchers', `up{${'a="b",'.repeat(2_500)}}`],
  ['metrics that must be renamed, for which it is parsed again', `label_join(${'1,'.repeat(5_000)}offset)`],
])('a long query of %s is parsed and pinned in slices, with the same result', (_, query) => {
  const parsed = parseQuery(query)
  const { steps, nodes } = workOf(parsed.text)
  // Parsing, two walks over all nodes, and one over most.
  const least = Math.floor(steps / 256) + 2 * Math.floor(nodes / 512)
  expect(least).toBeGreaterThan(10)
  expect(stops(parseQuerySliced(query))).toBeGreaterThanOrEqual(least)
  expect(stops(pinLabelSliced(parsed, 'tenant', 'a'))).toBeGreaterThanOrEqual(least)
  expect(atOnce(pinLabelSliced(parsed, 'tenant', 'a'))).toBe(pinLabel(parsed, 'tenant', 'a'))
})
