import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { builtInDefinitions, metricsToMake } from './builtIn.ts'
import { readSelector } from './selectors.ts'

const source = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8')
/** What the platform exports today. */
const exported = source('apps/gateway/src/metrics.ts') + source('apps/api/src/telemetry/metrics.ts')

const metricsOf = ({ sli }: (typeof builtInDefinitions)[number]): string[] => {
  const selectors =
    sli.kind === 'ratio' ? [sli.bad ?? sli.good ?? '', sli.total] : sli.kind === 'latency' ? [sli.histogram] : []
  return selectors.map((selector) => readSelector(selector).name)
}

describe.each(builtInDefinitions.map((definition) => [definition.id, definition] as const))(
  'the built-in SLO %s',
  (_, definition) => {
    it.each(metricsOf(definition))('reads %s, which is either exported or in the list of those to make', (metric) => {
      expect([exported.includes(`'${metric}'`), Object.hasOwn(metricsToMake, metric)].filter(Boolean)).toHaveLength(1)
    })

    const { sli } = definition
    if (
      sli.kind === 'latency' &&
      sli.nativeSchema === null &&
      exported.includes(`'${sli.histogram.replace(/\{.*/, '')}'`)
    ) {
      it('has a threshold that is a bound of its histogram', () => {
        const [, after = ''] = exported.split(`'${sli.histogram.replace(/\{.*/, '')}'`)
        const [, own = ''] = /buckets: \[([^\]]*)\]/.exec(after) ?? []
        const [, common = ''] = /const seconds = \[([^\]]*)\]/.exec(exported) ?? []
        const bounds = own.replace('...seconds', common).split(',').map(Number)
        expect(bounds).toContain(sli.thresholdSeconds)
      })
    }
  },
)
