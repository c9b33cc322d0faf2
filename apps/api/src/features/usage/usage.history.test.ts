import type { MetricsQuery, Series } from '@tickwatch/aws'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createUsageHistory } from './usage.history.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** A storage that answers only when it is told to, and the tenants whose queries wait there. */
function slowStorage() {
  const asked: { tenant: string; answer: (series: Series[]) => void }[] = []
  const ask = (promql: string) =>
    new Promise<Series[]>((answer) => {
      asked.push({ tenant: /tenant_id="(\w+)"/.exec(promql)?.[1] ?? '', answer })
    })
  const amp = { instant: ask, range: ask } as MetricsQuery
  return { amp, asked, of: (tenant: string) => asked.filter((each) => each.tenant === tenant).length }
}

it('a tenant that opens many charts leaves the storage to others, and is told why a part is missing', async () => {
  const { amp, asked, of } = slowStorage()
  const history = createUsageHistory(amp, { warn: () => {} })
  const to = Date.now() / 1_000
  const range = { from: to - 30 * 86_400, to, step: 10_800 }
  const charts = Array.from({ length: 20 }, () => history.chart('ingest.samplesPerSecond', 'acme', range))
  await vi.advanceTimersByTimeAsync(10)
  expect(of('acme')).toBe(3)
  const sparkline = history.sparkline('ingest.samplesPerSecond', 'globex')
  await vi.advanceTimersByTimeAsync(10)
  expect(of('globex')).toBe(1)
  asked.find(({ tenant }) => tenant === 'globex')?.answer([])
  expect((await sparkline).missing).toBeNull()

  await vi.advanceTimersByTimeAsync(8_000)
  expect((await charts.at(-1))?.missing).toMatch(/^History is missing: too much of it is being read/)
})
