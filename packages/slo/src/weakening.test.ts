import { expect, it } from 'vitest'
import { type Definition, readDefinition } from './definition.ts'
import { kinds } from './testing/kinds.ts'
import { weakenings } from './weakening.ts'

const before = kinds['latency-classic'] as Definition
const { alerting, sli } = before
const [fast, ...others] = alerting.burns

it.each<[string, object, string[]]>([
  ['another title, owner or runbook', { title: 'Other', owner: 'b', runbookUrl: 'https://a.example' }, []],
  ['a higher objective', { objective: 0.9995 }, []],
  [
    'a lower objective',
    { objective: 0.99 },
    [
      'The objective falls from 99.9 % to 99 %.',
      'The page at 14.4',
      'The page at 6',
      'The ticket at 3',
      'The ticket at 1',
    ],
  ],
  ['a lower threshold', { sli: { ...sli, thresholdSeconds: 0.1 } }, []],
  ['a higher threshold', { sli: { ...sli, thresholdSeconds: 0.5 } }, ['The threshold rises from 0.25 s to 0.5 s.']],
  ['another histogram', { sli: { ...sli, histogram: 'b', thresholdSeconds: 0.1 } }, ['What is measured changes.']],
  ['another kind', { sli: { kind: 'ratio', bad: 'a', total: 'b' } }, ['What is measured changes.']],
  [
    'a longer window',
    { window: { days: 90 } },
    ['The window changes', 'The page at 14.4', 'The page at 6', 'The ticket at 3', 'The ticket at 1'],
  ],
  ['a group less', { groupBy: ['az'] }, ['The groups change']],
  ['an alert less', { alerting: { ...alerting, burns: others } }, ['The page at 14.4 times']],
  ['an alert more', { alerting: { ...alerting, burns: [...alerting.burns, { ...fast, factor: 10 }] } }, []],
  ['an alert that fires earlier', { alerting: { ...alerting, burns: [{ ...fast, factor: 10 }, ...others] } }, []],
  [
    'a ticket instead of a page',
    { alerting: { ...alerting, burns: [{ ...fast, severity: 'ticket' }, ...others] } },
    ['The page at 14.4 times'],
  ],
  [
    'a gate that opens later',
    { alerting: { ...alerting, badEventsMin: 11 } },
    ['The page at 14.4', 'The page at 6', 'The ticket at 3', 'The ticket at 1'],
  ],
])('%s', (_, change, ways) => {
  const { definition, faults } = readDefinition({ ...before, ...change })
  expect(faults).toEqual([])
  const found = weakenings(before, definition as Definition)
  expect(found.map((way, i) => way.slice(0, ways[i]?.length))).toEqual(ways)
})
