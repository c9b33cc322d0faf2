// What a definition that is not saved would have counted, and which names it may use, from samples in a real Prometheus
// behind the AMP stand-in.
import { createMetricsQuery } from '@tickwatch/aws'
import { type Definition, platformTenant } from '@tickwatch/slo'
import { pino } from 'pino'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RawSeries } from '../../../../../local/src/testing/rawSamples.ts'
import { useAmp } from '../../../../../local/src/testing/useAmp.ts'
import { createQuerySlots } from '../../shared/storageAnswers.ts'
import { firstByte, seconds, stepSeconds } from '../../testing/useSloHistory.ts'
import { createSloNames } from './slo.names.ts'
import { createSloPreview } from './slo.preview.ts'
import { newestStep } from './slo.queries.ts'

const store = useAmp()
const log = pino({ level: 'silent' })

describe('the preview of a definition that is not saved', () => {
  const begin = newestStep(Date.now() / 1_000, stepSeconds)
  const scrapedAt = (scrape: number) => begin - 9_000 + scrape * 30
  const failuresBy = (scrape: number) => Math.min(80, Math.max(0, scrape - 120))
  /**
   * A counter that is scraped every 30 s for two hours and a half, and more as time goes on. 80 scrapes have a failure. Of
   * more than three hours Prometheus would make blocks at once, and a query in between can miss samples.
   */
  const madeBy = (code: string, valueAt: (scrape: number) => number): RawSeries => ({
    labels: { __name__: 'made_total', tenant: platformTenant, code, zone: 'a' },
    samples: Array.from({ length: 313 }, (_, k) => [scrapedAt(k), valueAt(k)]),
  })
  beforeAll(() => store.write([madeBy('200', (k) => 9 * k), madeBy('500', failuresBy)]))

  const made: Definition = {
    ...{ ...firstByte, id: 'made', objective: 0.999, groupBy: ['zone'] },
    sli: { kind: 'ratio', bad: 'made_total{code="500"}', total: 'made_total' },
  }
  const preview = (definition: Definition) =>
    createSloPreview({
      storage: createMetricsQuery(store.endpoint),
      ...{ slots: createQuerySlots(), stepSeconds, log },
    }).preview(definition)

  it('has the events that its rules would have counted, and the page that would have fired', async () => {
    const view = await preview(made)
    const last = Math.floor((seconds(view.span?.to) - scrapedAt(0)) / 30)
    expect(view).toMatchObject({ missing: null, faults: [], series: 3, bad: 80, total: 9 * last + 80 })
    expect(view.points.reduce((sum, { total }) => sum + (total ?? 0), 0)).toBe(view.total)
    expect(view.groups).toMatchObject({ count: 1, worst: [{ labels: { zone: 'a' }, bad: 80 }] })
    expect(view.episodes.byAlert.find(({ alert }) => alert === 'page')).toMatchObject({ count: 1 })
  })

  it('is refused if it matches no series, and says which field', async () => {
    const { faults, total } = await preview({ ...made, sli: { kind: 'ratio', bad: 'made_total', total: 'mad_total' } })
    expect(faults).toMatchObject([{ path: ['sli', 'total'], message: expect.stringContaining('matched no series') }])
    expect(total).toBe(0)
  })
})

describe('the names that are offered for its PromQL', () => {
  const now = Math.floor(Date.now() / 1_000)
  const one = (name: string, labels: Record<string, string>, tenant = platformTenant): RawSeries => ({
    labels: { __name__: name, tenant, ...labels },
    samples: [[now, 1]],
  })
  beforeAll(() =>
    store.write([
      one('offered_total', { code: '200', zone: 'b' }),
      one('offered_total', { code: '50"0' }),
      one('offered_total', { code: '404', customer: 'x' }, 'acme'),
      one('acme_total', { code: '404' }, 'acme'),
      one('long_total', { path: 'x'.repeat(1_001) }),
      ...Array.from({ length: 1_001 }, (_, n) => one('many_total', { n: `${1_000 + n}` })),
    ]),
  )
  const namesAt = (endpoint: string) =>
    createSloNames({ storage: createMetricsQuery(endpoint), slots: createQuerySlots(), log })

  it('are those of the platform’s own series, without what every selector has', async () => {
    const { names } = namesAt(store.endpoint)
    const metrics = await names({ of: 'metrics' })
    expect(metrics).toMatchObject({ more: false, missing: null })
    expect(metrics.names).toEqual(expect.arrayContaining(['long_total', 'many_total', 'offered_total']))
    expect(metrics.names).not.toContain('acme_total')
    const offered = { metric: 'offered_total', label: 'code' }
    expect((await names({ of: 'labels', ...offered })).names).toEqual(['code', 'zone'])
    expect((await names({ of: 'values', ...offered })).names).toEqual(['200', '50"0'])
    expect((await names({ of: 'labels', metric: null })).names).toEqual(
      expect.arrayContaining(['code', 'n', 'path', 'zone']),
    )
    expect((await names({ of: 'values', metric: null, label: 'n' })).names).toContain('1000')
    expect(await names({ of: 'values', metric: 'no_such_total', label: 'code' })).toMatchObject({ names: [] })
  })

  it('are at most 1,000 of at most 1,000 characters, and it is said that there are more', async () => {
    const { names } = namesAt(store.endpoint)
    const many = await names({ of: 'values', metric: 'many_total', label: 'n' })
    expect(many).toMatchObject({ more: true, missing: null })
    expect(many.names).toHaveLength(1_000)
    expect(many.names.at(-1)).toBe('1999')
    expect(await names({ of: 'values', metric: 'long_total', label: 'path' })).toEqual({
      ...{ names: [], more: true, missing: null },
    })
  })

  it('are read once in 15 s for all people', async () => {
    const asked: string[] = []
    const storage = createMetricsQuery(store.endpoint)
    const { names } = createSloNames({
      storage: {
        ...storage,
        labelValues: (label, ...of) => {
          asked.push(label)
          return storage.labelValues(label, ...of)
        },
      },
      ...{ slots: createQuerySlots(), log },
    })
    await Promise.all([names({ of: 'metrics' }), names({ of: 'metrics' })])
    await names({ of: 'metrics' })
    expect(asked).toEqual(['__name__'])
  })

  it('are missing with a reason while the store does not answer', async () => {
    expect(await namesAt('http://127.0.0.1:1/workspaces/ws-1').names({ of: 'metrics' })).toEqual({
      ...{ names: [], more: false },
      missing: 'No names can be offered: the metrics store does not answer right now.',
    })
  })
})
