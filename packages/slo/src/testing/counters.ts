import { type Definition, readDefinition } from '../definition.ts'
import type { Counter } from './bruteForce.ts'
import { nativeHistogram } from './histories.ts'

/** @throws Error if the definition has faults */
export function definitionOf(sli: object, groupBy: string[] = []): Definition {
  const base = { id: 'checked', title: 'Checked', owner: 'platform', objective: 0.99, window: { days: 1 } }
  const { definition, faults } = readDefinition({ ...base, sli, groupBy })
  if (!definition || faults.length > 0) throw new Error(`the definition has faults: ${JSON.stringify(faults)}`)
  return definition
}

/** The requests of one scenario with this code, as an instance counts them. */
export const series = (run: string, code: string, instance: string, samples: Counter) => ({
  labels: { __name__: 'requests_total', tenant: 'acme', run, code, instance },
  samples,
})
/** A native histogram that gets six events, one of them above 8 s, at the scrapes of a counter that grows by 1, except at the first four. */
export const ageSeconds = (scrapes: Counter) =>
  histogram('age_seconds', scrapes, (count) => {
    const all = Math.max(0, count - 4)
    return [2 * all, 3 * all, all]
  })
/** A native histogram that gets five good events at each of the first 200 scrapes, and then one above 8 s at each. */
export const outageSeconds = (scrapes: Counter) =>
  histogram('outage_seconds', scrapes, (count) => [5 * Math.min(count, 200), 0, Math.max(0, count - 200)])

const histogram = (name: string, scrapes: Counter, events: (count: number) => readonly [number, number, number]) => ({
  labels: { __name__: name, tenant: 'acme' },
  histograms: scrapes.map(([at, count]) => [at, nativeHistogram(events(count))] as const),
})
/** The indicator of the requests of one scenario. */
export const badOf = (run: string) => ({
  kind: 'ratio',
  bad: `requests_total{run="${run}",code=~"5.."}`,
  total: `requests_total{run="${run}"}`,
})

/** The steps of the only group. */
export const only = <S>(groups: ReadonlyMap<string, { steps: S[] }>): S[] => [...groups.values()][0]?.steps ?? []
export const sums = (counts: readonly { bad: number; total: number }[]) =>
  counts.reduce((sum, { bad, total }) => ({ bad: sum.bad + bad, total: sum.total + total }), { bad: 0, total: 0 })

/** @returns a counter that is scraped every 15 s, `offset` after the full minute, and grows by `perScrape` */
export const scrapesFrom =
  (startSeconds: number, scrapes: number) =>
  (offset: number, perScrape: (scrape: number) => number, from = 0, until = scrapes): Counter => {
    let value = 0
    const samples: [number, number][] = []
    for (let scrape = from; scrape < until; scrape++) {
      value += perScrape(scrape)
      samples.push([startSeconds + offset + scrape * 15, value])
    }
    return samples
  }
