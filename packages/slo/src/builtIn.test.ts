import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { builtInDefinitions, metricsToMake } from './builtIn.ts'
import { readSelector } from './selectors.ts'

/** What the platform exports: the rows of docs/metrics.md, which is generated from the code. */
const page = readFileSync(new URL('../../../docs/metrics.md', import.meta.url), 'utf8')
const exported = new Map(
  [...page.matchAll(/^\| `([^`]+)` \| [^|]* \| ([^|]*) \| ([^|]*) \|/gm)].map(
    ([, name = '', unit = '', labels = '']) => [
      name,
      {
        bounds: [...unit.matchAll(/[\d.]+/g)].map(Number),
        labels: [...labels.matchAll(/\w+/g)].map(([label]) => label),
      },
    ],
  ),
)

type BuiltIn = (typeof builtInDefinitions)[number]
const selectorsOf = ({ sli }: BuiltIn) => {
  if (sli.kind === 'condition') return []
  return (sli.kind === 'ratio' ? [sli.bad ?? sli.good ?? '', sli.total] : [sli.histogram]).map(readSelector)
}

describe.each(builtInDefinitions.map((definition) => [definition.id, definition] as const))(
  'the built-in SLO %s',
  (_, definition) => {
    const { sli, groupBy } = definition
    const selectors = selectorsOf(definition)

    it.each(selectors.map(({ name }) => name))(
      'reads %s, which is either exported or in the list of those to make',
      (name) => {
        expect([exported.has(name), Object.hasOwn(metricsToMake, name)].filter(Boolean)).toHaveLength(1)
      },
    )

    const made = selectors.filter(({ name }) => exported.has(name))
    if (made.length === 0) return
    it('reads only labels that its metrics have', () => {
      const cause = sli.kind === 'ratio' && sli.causeLabel !== undefined ? [sli.causeLabel] : []
      for (const { name, matchers } of made) {
        const read = [...matchers.matchAll(/(\w+)\s*[=!]/g)].map(([, label]) => label)
        expect(exported.get(name)?.labels).toEqual(expect.arrayContaining([...read, ...groupBy, ...cause]))
      }
    })

    if (sli.kind !== 'latency' || sli.nativeSchema !== null) return
    it('has a threshold that is a bound of its histogram', () => {
      expect(made.map(({ name }) => exported.get(name)?.bounds)).toEqual([
        expect.arrayContaining([sli.thresholdSeconds]),
      ])
    })
  },
)
