import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { builtInDefinitions } from './builtIn.ts'
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

    it.each(selectors.map(({ name }) => name))('reads %s, which a process exports', (name) => {
      expect([...exported.keys()]).toContain(name)
    })

    it('reads only labels that its metrics have', () => {
      const cause = sli.kind === 'ratio' && sli.causeLabel !== undefined ? [sli.causeLabel] : []
      for (const { name, matchers } of selectors) {
        const read = [...matchers.matchAll(/(\w+)\s*[=!]/g)].map(([, label]) => label)
        expect(exported.get(name)?.labels).toEqual(expect.arrayContaining([...read, ...groupBy, ...cause]))
      }
    })

    if (sli.kind !== 'latency' || sli.nativeSchema !== null) return
    it('has a threshold that is a bound of its histogram', () => {
      expect(selectors.map(({ name }) => exported.get(name)?.bounds)).toEqual([
        expect.arrayContaining([sli.thresholdSeconds]),
      ])
    })
  },
)
