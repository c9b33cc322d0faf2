// What a definition that is not saved would have counted, from samples in a real Prometheus behind the AMP stand-in.
import { createMetricsQuery } from '@tickwatch/aws'
import { type Definition, platformTenant } from '@tickwatch/slo'
import { pino } from 'pino'
import { beforeAll, describe, expect, it } from 'vitest'
import type { RawSeries } from '../../../../../local/src/testing/rawSamples.ts'
import { useAmp } from '../../../../../local/src/testing/useAmp.ts'
import { createQuerySlots } from '../../shared/storageAnswers.ts'
import { firstByte, seconds, stepSeconds } from '../../testing/useSloHistory.ts'
import { createSloPreview } from './slo.preview.ts'
import { newestStep } from './slo.queries.ts'

const store = useAmp()

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
      ...{ slots: createQuerySlots(), stepSeconds, log: pino({ level: 'silent' }) },
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
