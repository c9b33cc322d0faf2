import { readFileSync } from 'node:fs'
import { parseQuery } from '@tickwatch/promql'
import { generatedQuery } from '@tickwatch/promql/testing'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AlertingRule, compileSlo, countRules, ruleFile, rulesInFile, stepEndOf } from './compile.ts'
import { readDefinition } from './definition.ts'
import { duration, rangeOfSteps } from './names.ts'
import { kinds } from './testing/kinds.ts'

describe('the rules of each kind of SLO', () => {
  it.each(Object.keys(kinds))('%s', (kind) => {
    const { rules } = compileSlo(kinds[kind] as (typeof kinds)[string], 'acme', 60)
    const written = rules.map((rule) => `# ${'record' in rule ? rule.record : rule.alert}\n${rule.expr}\n`).join('\n')
    expect(written).toBe(readFileSync(new URL(`./testing/rules/${kind}.promql`, import.meta.url), 'utf8'))
  })

  it.each(Object.keys(kinds))('%s: four rules, all of them PromQL that reads one tenant only', (kind) => {
    const group = compileSlo(kinds[kind] as (typeof kinds)[string], 'acme', 60)
    expect(countRules([group])).toBe(4)
    for (const { expr } of group.rules) {
      for (const { firstMatcher } of parseQuery(expr).selectors)
        expect(['tenant="acme"', 'slo="checkout"']).toContain(firstMatcher)
    }
  })

  it('count the bad events and all events in one query, so that no scrape comes between them', () => {
    for (const definition of Object.values(kinds)) {
      const recording = compileSlo(definition, 'acme', 60).rules.filter((rule) => 'record' in rule)
      expect(recording).toHaveLength(1)
      expect(recording[0]?.expr).toMatch(/"event", "bad", "", ""[\s\S]*"event", "total", "", ""/)
    }
  })

  it('have no value in a label: each value would be an alert of its own', () => {
    for (const definition of Object.values(kinds)) {
      for (const { labels } of compileSlo(definition, 'acme', 60).rules)
        expect(JSON.stringify(labels)).not.toMatch(/\{\{|\$/)
    }
  })

  it('are the same bytes for the same definition', () => {
    const file = () => ruleFile(Object.values(kinds).map((definition) => compileSlo(definition, 'acme', 60)))
    expect(file()).toBe(file())
    expect(JSON.parse(file()).groups).toHaveLength(Object.keys(kinds).length)
  })

  it('have no alert of a severity without burns, and then a ticket says that there is no data', () => {
    const { alerting, ...rest } = kinds.ratio as (typeof kinds)[string]
    const tickets = {
      ...rest,
      alerting: { ...alerting, burns: alerting.burns.filter(({ severity }) => severity === 'ticket') },
    }
    const alerts = compileSlo(tickets, 'acme', 60).rules.slice(1) as AlertingRule[]
    expect(alerts.map(({ alert, labels }) => [alert, labels.severity])).toEqual([
      ['SloBurnTicket', 'ticket'],
      ['SloBlind', 'ticket'],
    ])
  })

  it('of a platform with a shorter step have shorter windows', () => {
    const { interval, rules } = compileSlo(kinds.ratio as (typeof kinds)[string], 'acme', 5)
    expect(interval).toBe('5s')
    expect(rules[0]?.expr).toContain('[5s:5s] offset 2500ms')
    expect(rules[1]?.expr).toContain('[299s]')
    expect(rules[1]?.expr).toContain('[24s]')
    expect((rules[3] as AlertingRule).for).toBe('25s')
  })
})

it('whatever a person writes as a selector or condition, the rules read the series of its tenant only', () => {
  let accepted = 0
  const slis = (source: string) => [
    { kind: 'condition', promql: source },
    { kind: 'ratio', bad: source, total: 'requests_total' },
    { kind: 'latency', histogram: source, thresholdSeconds: 1 },
  ]
  fc.assert(
    fc.property(
      fc.oneof(
        generatedQuery.map(({ source }) => source),
        fc.string(),
      ),
      (source) => {
        for (const sli of slis(source)) {
          const { definition } = readDefinition({ ...kinds.ratio, sli })
          if (!definition) continue
          accepted += 1
          for (const { expr } of compileSlo(definition, 'acme', 60).rules) {
            for (const { firstMatcher } of parseQuery(expr).selectors) {
              expect(['tenant="acme"', 'slo="checkout"']).toContain(firstMatcher)
            }
          }
        }
      },
    ),
    { numRuns: 150 },
  )
  expect(accepted).toBeGreaterThan(20)
})

it('the rules of 500 SLOs are compiled in less than 500 ms of computing', () => {
  const definitions = Object.values(kinds)
  const compile = (count: number) =>
    ruleFile(
      Array.from({ length: count }, (_, i) =>
        compileSlo({ ...(definitions[i % definitions.length] as (typeof kinds)[string]), id: `slo-${i}` }, 'acme', 60),
      ),
    )
  compile(50)
  const before = process.cpuUsage()
  expect(compile(500).length).toBeGreaterThan(500_000)
  const { user } = process.cpuUsage(before)
  expect(user / 1_000).toBeLessThan(500)
})

it('a rule that runs at any time writes the counts of the step that ended last, at least half a step ago', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1_700_000_000_000, max: 1_900_000_000_000 }), (ms) => {
      const end = stepEndOf(ms / 1_000, 60)
      expect(end % 60).toBe(0)
      expect(ms / 1_000 - end).toBeGreaterThanOrEqual(30)
      expect(ms / 1_000 - end).toBeLessThan(90)
    }),
  )
})

it.each([
  [60, '1m'],
  [90, '90s'],
  [3_600, '1h'],
  [86_400, '1d'],
  [2.5, '2500ms'],
])('%d s is the duration %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text)
})

it('a range of steps has no sample at its begin, which Prometheus 2 would count and Prometheus 3 would not', () => {
  expect(rangeOfSteps(5, 60)).toBe('[299s]')
})

it.each([
  [
    'a file of ours',
    ruleFile(Object.values(kinds).map((kind) => compileSlo(kind, 'acme', 60))),
    Object.keys(kinds).length * 4,
  ],
  ['YAML of another hand', 'groups:\n- name: a\n  rules:\n  - record: b\n    expr: c\n- name: d\n', 1],
  ['what is not YAML', '{', 0],
  ['what has no groups', 'rules: []', 0],
])('the rules of %s are counted', (_file, text, count) => {
  expect(rulesInFile(text)).toBe(count)
})
