import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { builtInDefinitions } from '../builtIn.ts'
import { burnAlerts, workbookBurns } from '../burn.ts'
import { compileSlo } from '../compile.ts'
import { type Definition, readDefinition } from '../definition.ts'
import { kinds } from '../testing/kinds.ts'
import { exportOpenSlo } from './exportOpenSlo.ts'
import { importOpenSlo, openSloBytesMax } from './importOpenSlo.ts'

const text = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: checkout
  displayName: Checkout
  annotations:
    tickwatch/bad-events-min: "10"
    tickwatch/runbook-url: https://shop.example/runbook
    tickwatch/group-by: tenant_id,az
spec:
  service: shop
  indicator:
    metadata:
      name: checkout
    spec:
      thresholdMetric:
        metricSource:
          type: Prometheus
          spec:
            query: request_seconds{job="shop"}
            nativeSchema: 2
  timeWindow:
    - duration: 1M
      isRolling: false
      calendar:
        startTime: 2024-01-01 00:00:00
        timeZone: Europe/Berlin
  budgetingMethod: Occurrences
  objectives:
    - target: 0.999
      op: lte
      value: 0.25
  alertPolicies:
    - kind: AlertPolicy
      metadata:
        name: checkout-1
      spec:
        conditions:
          - kind: AlertCondition
            metadata:
              name: checkout-1
            spec:
              severity: page
              condition:
                kind: burnrate
                op: gt
                threshold: 14.4
                lookbackWindow: 1h
                alertAfter: 5m
`
const definition: Definition = {
  id: 'checkout',
  title: 'Checkout',
  owner: 'shop',
  runbookUrl: 'https://shop.example/runbook',
  sli: { kind: 'latency', histogram: 'request_seconds{job="shop"}', thresholdSeconds: 0.25, nativeSchema: 2 },
  objective: 0.999,
  window: { calendar: 'month', timeZone: 'Europe/Berlin' },
  groupBy: ['tenant_id', 'az'],
  alerting: { burns: workbookBurns.slice(0, 1), badEventsMin: 10 },
}

const withCause = readDefinition({ ...definition, sli: { kind: 'ratio', bad: 'b', total: 't', causeLabel: 'reason' } })
  .definition as Definition

describe('a file in OpenSLO v1', () => {
  it('is written whole', () => {
    expect(exportOpenSlo(definition)).toBe(text)
  })

  it('is read as the definition that it was written from', () => {
    expect(importOpenSlo(text)).toEqual({ definition, faults: [] })
  })

  it.each(
    [...builtInDefinitions, ...Object.values(kinds), withCause].map(
      (each) => [`${each.id} (${each.sli.kind})`, each] as const,
    ),
  )('of %s is read as the same', (_, each) => {
    expect(importOpenSlo(exportOpenSlo(each))).toEqual({ definition: each, faults: [] })
  })

  it('of any window has the same rules when it is read again', () => {
    const minutes = fc.tuple(fc.integer({ min: 2, max: 4_320 }), fc.integer({ min: 1, max: 4_320 }))
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 90 }), fc.array(minutes, { maxLength: 4 }), (days, windows) => {
        const burns = windows
          .filter(([long, short]) => short < long)
          .map(([longMinutes, shortMinutes]) => ({ severity: 'ticket', factor: 2.5, longMinutes, shortMinutes }))
        const read = readDefinition({ ...definition, window: { days }, alerting: { burns, badEventsMin: 3 } })
        // The short window of some policies is as many steps as the long one: then the file can't be read again.
        if (
          !read.definition ||
          burnAlerts(read.definition).some(({ longSteps, shortSteps }) => longSteps === shortSteps)
        )
          return
        const again = importOpenSlo(exportOpenSlo(read.definition))
        expect(again.faults).toEqual([])
        expect(compileSlo(again.definition as Definition, 'acme', 60)).toEqual(compileSlo(read.definition, 'acme', 60))
      }),
      { numRuns: 100 },
    )
  })

  it('without alert policies gets those of the workbook, and without a name to show its id', () => {
    const short = text.replace(/ {2}alertPolicies:[\s\S]*/, '').replace('  displayName: Checkout\n', '')
    expect(importOpenSlo(short).definition).toMatchObject({ title: 'checkout', alerting: { burns: workbookBurns } })
  })
})

describe('a file that can’t be read is refused, with the line and the field', () => {
  const change = (from: string, to: string) => {
    expect(text).toContain(from)
    return text.replace(from, to)
  }
  it.each<[string, () => string, number, string, string]>([
    [
      'an objective in percent',
      () => change('target: 0.999', 'target: 99.9'),
      30,
      'spec.objectives[0].target',
      'Enter a number from 0.5 to 0.99999.',
    ],
    [
      'a text for a number',
      () => change('target: 0.999', 'target: high'),
      30,
      'spec.objectives[0].target',
      'expected number',
    ],
    [
      'a missing field',
      () => change('    - target: 0.999\n      op', '    - op'),
      30,
      'spec.objectives[0].target',
      'This field is missing.',
    ],
    ['another version', () => change('openslo/v1', 'openslo/v2alpha'), 1, 'apiVersion', 'Only openslo/v1'],
    ['another kind', () => change('kind: SLO', 'kind: SLI'), 2, 'kind', 'Only the kind SLO'],
    [
      'a reference',
      () => change('  service: shop', '  service: shop\n  indicatorRef: other'),
      12,
      'spec.indicatorRef',
      'can’t import this field. Remove it.',
    ],
    [
      'a policy that is elsewhere',
      () => change('- kind: AlertPolicy', '- alertPolicyRef: fast'),
      34,
      'spec.alertPolicies[0].alertPolicyRef',
      'can’t import this field',
    ],
    [
      'a selector that is not one',
      () => change('request_seconds{job="shop"}', 'rate(request_seconds[5m])'),
      20,
      'spec.indicator.spec.thresholdMetric.metricSource.spec.query',
      'one series selector',
    ],
    [
      'a threshold in a bucket',
      () => change('value: 0.25', 'value: 0.26'),
      32,
      'spec.objectives[0].value',
      'inside a bucket',
    ],
    [
      'a time zone',
      () => change('Europe/Berlin', 'Berlin'),
      27,
      'spec.timeWindow[0].calendar.timeZone',
      'is not a time zone',
    ],
    [
      'a month that begins on the 15th',
      () => change('2024-01-01', '2024-01-15'),
      26,
      'spec.timeWindow[0].calendar.startTime',
      'a time at which a month begins',
    ],
    [
      'a rolling month',
      () => change('isRolling: false', 'isRolling: true'),
      23,
      'spec.timeWindow[0].duration',
      'days or weeks',
    ],
    [
      'a factor below 1',
      () => change('14.4', '0.5'),
      47,
      'spec.alertPolicies[0].spec.conditions[0].spec.condition.threshold',
      'although the budget lasts',
    ],
    [
      'a label that the rules set',
      () => change('tenant_id,az', 'tenant_id,le'),
      9,
      'metadata.annotations.tickwatch/group-by',
      'The rules set the label le',
    ],
    [
      'a gate that is no number',
      () => change('"10"', '"ten"'),
      7,
      'metadata.annotations.tickwatch/bad-events-min',
      'Enter a whole number',
    ],
    ['broken YAML', () => change('  name: checkout\n', '  name: "checkout\n'), 4, '', ''],
    ['two documents', () => `${text}---\n${text}`, 50, '', 'multiple documents'],
    ['a field twice', () => change('kind: SLO', 'kind: SLO\nkind: SLO'), 3, '', 'unique'],
    ['nothing', () => '', 1, '', 'expected object'],
  ])('%s', (_, file, line, field, message) => {
    const { faults } = importOpenSlo(file())
    const found = faults.filter(
      (fault) => fault.line === line && fault.field === field && fault.message.includes(message),
    )
    expect(found.length, JSON.stringify(faults)).toBe(1)
  })

  it('a small file that aliases would make large', () => {
    const level = (name: string, of: string) => `${name}: &${name} [${Array(9).fill(`*${of}`).join(', ')}]`
    const bomb = [
      'a: &a [x]',
      level('b', 'a'),
      level('c', 'b'),
      level('d', 'c'),
      level('e', 'd'),
      level('f', 'e'),
    ].join('\n')
    expect(importOpenSlo(bomb).faults[0]?.message).toContain('aliases')
  })

  it('a large file', () => {
    expect(importOpenSlo('#'.repeat(openSloBytesMax + 1)).faults[0]?.message).toBe(
      'A file can have at most 65536 bytes.',
    )
  })

  it('any text, without an exception', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc
            .tuple(fc.nat(text.length), fc.string())
            .map(([at, put]) => text.slice(0, at) + put + text.slice(at + put.length)),
        ),
        (file) => {
          const { definition, faults } = importOpenSlo(file)
          expect(definition === null).toBe(faults.length > 0)
        },
      ),
      { numRuns: 150 },
    )
  })
})
