import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { rate, soon, startWithPeople } from '../../testing/people.ts'
import { settledAt } from './usage.queries.ts'

const urls = useTestDatabase()
let at: Awaited<ReturnType<typeof startWithPeople>>

beforeAll(async () => {
  at = await startWithPeople(openCertificateAuthority, urls)
})
afterAll(() => at.stop())

describe('usage', () => {
  const series = (points: [number, number | null][]) => [{ labels: {}, points }]
  const hourAgo = () => new Date(Date.now() - 3_600_000).toISOString()

  it('shows history with the limit of each time, and marks its changes', async () => {
    at.api.amp.state.answer = (promql) => (promql.includes('refused') ? [] : series([]))
    const from = hourAgo()
    await at.owner.quota.propose.mutate({ limits: { [rate]: 12_000 }, reason: 'a marker', baseRevision: 0 })
    const history = await at.owner.usage.history.query({
      limit: rate,
      from,
      to: new Date(Date.now() + 60_000).toISOString(),
    })
    expect(history.points.length).toBeGreaterThan(200)
    // The tenant was created in this test, so there was no limit an hour ago.
    expect(history.points[0]).toMatchObject({ used: null, refused: null, limit: null })
    expect(history.figures).toBeNull()
    expect(history.points.at(-1)?.limit).toBe(12_000)
    expect(history.changes).toMatchObject([{ from: 10_000, to: 12_000, by: 'mara', reason: 'a marker' }])
    expect(history.historyMissing).toBeNull()
    const [change] = history.changes
    const page = await at.owner.quota.history.query({ cursor: change?.cursor ?? null, pageSize: 1 })
    expect(page.items[0]?.revision).toBe(change?.revision)
  })

  it('previews what a limit would have refused, at the finest resolution over seven days', async () => {
    at.api.amp.state.answer = (promql) => {
      const to = settledAt(Date.now())
      return promql.includes('refused')
        ? []
        : series([
            [to - 15, 900],
            [to, 1_500],
          ])
    }
    const preview = await at.owner.usage.preview.query({ limit: rate, value: 1_000, hours: 168 })
    expect(preview).toMatchObject({ refusedSamples: 500 * 15, refusedSeconds: 15, peak: 1_500 })
  })

  it('queries only the tenant’s own figures in AMP', () => {
    const own = at.api.amp.asked.filter((q) => q.includes('tickwatch_ingest'))
    expect(own.length).toBeGreaterThan(0)
    for (const promql of own) expect(promql).toContain('{tenant="tickwatch",tenant_id="acme"')
  })

  it('answers without AMP too, and says what is missing', async () => {
    at.api.amp.state.away = true
    const range = { limit: rate, from: hourAgo(), to: new Date().toISOString() } as const
    expect(await at.owner.usage.history.query(range)).toMatchObject({
      historyMissing: expect.stringContaining('History is missing'),
    })
    expect(await at.owner.usage.now.query()).toMatchObject({ refused24h: null, historyMissing: expect.any(String) })
    expect(await at.owner.usage.freshness.query()).toMatchObject({ state: 'unknown', ageSeconds: null })
    expect(await at.owner.usage.preview.query({ limit: rate, value: 1, hours: 1 })).toMatchObject({ coverageRatio: 0 })
    at.api.amp.state.away = false
  })

  it('puts the alerts of drift and stale graphs into AMP', async () => {
    await vi.waitFor(
      () => expect(at.api.amp.rules.get('tickwatch-platform')?.yaml).toContain('TickwatchPolicyDrift'),
      soon,
    )
  })
})
