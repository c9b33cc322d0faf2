// What is counted again from the samples themselves, on a real Prometheus behind the AMP stand-in.
import { createMetricsQuery } from '@tickwatch/aws'
import { openDatabase, sloRecounts, slos as slosTable } from '@tickwatch/db'
import { countQuery, type Definition, eventsMetric, groupKey, platformTenant, settledUntil } from '@tickwatch/slo'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import type { RawSeries } from '../../../../../local/src/testing/rawSamples.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { useAmp } from '../../../../../local/src/testing/useAmp.ts'
import { createQuerySlots } from '../../shared/storageAnswers.ts'
import { day, firstByte, guest, platform, stepSeconds, stored, untilRead } from '../../testing/useSloHistory.ts'
import { createLeases } from '../../workers/lease.ts'
import { createRecounter } from './recounter.ts'
import { createSloReads } from './slo.reads.ts'

const urls = useTestDatabase()
const store = useAmp()

describe('samples that arrive late', () => {
  const end = Math.floor(settledUntil(Date.now() / 1_000, stepSeconds) / 3_600) * 3_600
  const late: Definition = {
    ...{ ...firstByte, id: 'late', window: { days: 7 }, groupBy: ['shard'] },
    sli: { kind: 'ratio', bad: 'late_total{code="500"}', total: 'late_total' },
  }
  /** So many groups that the hour is counted in two parts: its first 50 steps, and the others. */
  const shards = Array.from({ length: 40 }, (_, i) => `${i}`)
  /** The page shows one of them: of so many together it has no charts. */
  const group = groupKey({ shard: '7' })
  /** Scrapes of two hours. The agent restarts at one of them. */
  const scrapes = Array.from({ length: 241 }, (_, k) => ({ at: end - 7_200 + k * 30, value: k < 170 ? k : k - 170 }))
  /** The agent is offline in the first step of each part, and for ten minutes around its restart. */
  const isLate = (at: number) =>
    [
      [0, 60],
      [1_200, 1_800],
      [3_000, 3_060],
    ].some(([from = 0, to = 0]) => at > end - 3_600 + from && at <= end - 3_600 + to)
  const scraped = (which: (at: number) => boolean): RawSeries[] =>
    shards.flatMap((shard) =>
      [
        { code: '200', perScrape: 9 },
        { code: '500', perScrape: 1 },
      ].map(({ code, perScrape }) => ({
        labels: { __name__: 'late_total', tenant: platformTenant, code, shard },
        samples: scrapes.filter(({ at }) => which(at)).map(({ at, value }) => [at, perScrape * value]),
      })),
    )

  it('are counted an hour later, exactly, in the list and on the page', async () => {
    const storage = createMetricsQuery(store.endpoint)
    const db = openDatabase(urls)
    const { signal } = new AbortController()
    const log = pino({ level: 'silent' })
    try {
      const by = { by: { subject: 'tomas', name: 'Tomas' }, approvedBy: null, reason: 'a test', changeRequestId: null }
      await db.platform((tx) =>
        slosTable.append(tx, {
          ...{ id: 'late', baseVersion: 0, to: { definition: late, namespace: 0 }, ...by },
          savedAt: new Date((end - day) * 1_000),
        }),
      )
      await store.write(scraped((at) => !isLate(at)))
      // What the rule wrote at that time.
      const query = countQuery(late, platformTenant, stepSeconds)
      const first = await storage.range(query, end - 3_600 + stepSeconds, end, stepSeconds)
      await store.write(
        first.map(({ labels, points }) => ({
          labels: {
            ...{ __name__: eventsMetric, tenant: platformTenant, slo: 'late' },
            ...{ event: labels.event ?? '', shard: labels.shard ?? '' },
          },
          samples: points.map(([at, value]) => [at + 45, value ?? 0]),
        })),
      )
      const asked = () =>
        createSloReads({
          ...{ storage, slots: createQuerySlots(), stepSeconds, log, recounts: () => db.platform(sloRecounts.all) },
          definitions: async () => [stored(late)],
          maintenance: async () => [],
        })
      const figures = async () => {
        const reads = asked()
        await untilRead(reads)
        const range = { from: new Date((end - 3_600) * 1_000).toISOString(), to: new Date(end * 1_000).toISOString() }
        const { points } = await reads.history(platform, { sloId: 'late', group, ...range })
        const sum = (event: 'bad' | 'total') => points.reduce((all, point) => all + (point[event] ?? 0), 0)
        const { slos: rows } = await reads.list(guest, { tenantId: null })
        const { settledUntil: until } = await reads.get(guest, { sloId: 'late', group: null })
        return { page: [sum('bad'), sum('total')], list: [rows[0]?.figures?.bad, rows[0]?.figures?.total], until }
      }
      const before = await figures()
      expect(before.until).toBeNull()
      // A count of each scrape; the one of the restart has none.
      const exact = {
        page: [119, 1_190],
        list: [119 * shards.length, 1_190 * shards.length],
        until: new Date(end * 1_000).toISOString(),
      }
      expect(before.page[1]).toBeLessThan(1_190)

      await store.write(scraped(isLate))
      const recounter = createRecounter({ db, storage, slots: createQuerySlots(), stepSeconds, ending: signal, log })
      const settle = () =>
        createLeases(db, { name: 'slo-recount', forMs: 10_000 }, signal, log).hold((lease) => recounter.settle(lease))
      await settle()
      const { changes } = await db.platform(sloRecounts.all)
      expect(new Set(changes.map(({ sloId }) => sloId))).toEqual(new Set(['late']))
      // The first step of each part, of which the rule had nothing.
      const steps = changes.map(({ endSeconds }) => endSeconds)
      expect(steps).toEqual(expect.arrayContaining([end - 3_540, end - 540]))
      expect(await figures()).toEqual(exact)
      await settle()
      expect((await db.platform(sloRecounts.all)).changes).toEqual(changes)
    } finally {
      await db.close()
    }
  })
})
