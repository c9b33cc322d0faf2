// The reads on a real Prometheus behind the AMP stand-in, from samples as the rules write them.
import { createMetricsQuery, type MetricsQuery } from '@tickwatch/aws'
import { answerWithinMs } from '@tickwatch/policy'
import { groupKey, replay } from '@tickwatch/slo'
import { pino } from 'pino'
import { beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { freeze } from '../../../../../local/src/testing/freeze.ts'
import { useAmp } from '../../../../../local/src/testing/useAmp.ts'
import { createQuerySlots } from '../../shared/storageAnswers.ts'
import {
  acmes,
  countingIn,
  createTestReads,
  day,
  firstByte,
  grouped,
  guest,
  ingest,
  platform,
  quarter,
  seconds,
  silent,
  slos,
  steady,
  stepSeconds,
  untilRead,
  useSloHistory,
} from '../../testing/useSloHistory.ts'
import { createStatusService } from '../status/status.service.ts'
import type { SloReads } from './slo.reads.ts'

const store = useAmp()
const { begin, stepsOf, sumOf } = useSloHistory(store)
const acmeKey = groupKey({ tenant_id: 'acme' })
const globexKey = groupKey({ tenant_id: 'globex' })
const all = groupKey({})
let queries: string[]
let reads: SloReads

beforeAll(async () => {
  queries = []
  reads = createReads(counting(createMetricsQuery(store.endpoint, 60_000)))
  await untilRead(reads)
})

const createReads = (storage: MetricsQuery) => createTestReads(storage, async () => [])
const counting = (storage: MetricsQuery) => countingIn(storage, () => queries)

describe('the list', () => {
  it('has the counts of each window to the event, whenever the rules ran', async () => {
    const { slos: rows, asOf, missing } = await reads.list(platform, { tenantId: null })
    expect(missing).toBeNull()
    const to = seconds(asOf)
    expect(to).toBeGreaterThanOrEqual(begin)
    const row = (id: string) => rows.find(({ sloId }) => sloId === id)
    const rolling = sumOf(steady.id, all, to - 30 * day, to)
    expect(row(steady.id)?.figures).toMatchObject({
      ...rolling,
      state: 'measured',
      lastDataSeconds: expect.any(Number),
    })
    expect(row(steady.id)?.figures?.leftRatio).toBeCloseTo(1 - rolling.bad / (0.01 * rolling.total), 9)
    expect(row(steady.id)?.figures?.burn).toBeCloseTo(ratioOf(sumOf(steady.id, all, to - 3_600, to)) / 0.01, 9)
    expect(row(quarter.id)?.figures).toMatchObject(sumOf(quarter.id, all, to - 80 * day, to))
    expect(row(silent.id)?.figures).toMatchObject({ state: 'unmeasured', leftRatio: null, total: 0 })
  })

  it('begins with what fires, and then what has least left', async () => {
    const { slos: rows } = await reads.list(platform, { tenantId: null })
    expect(rows.map(({ sloId }) => sloId)).toEqual([grouped.id, quarter.id, steady.id, silent.id])
    expect(rows[0]).toMatchObject({
      of: { labels: { tenant_id: 'globex' } },
      firing: [{ severity: 'page', since: new Date((begin - 1_200) * 1_000).toISOString() }],
      groups: { count: 2, burning: 1 },
    })
  })

  it('has what each cause spent, of a group and of all together, and nothing of an SLO that says no causes', async () => {
    for (const viewer of [platform, guest]) {
      const { slos: rows } = await reads.list(viewer, { tenantId: null })
      const { bad = 0, badByCause } = rows.find(({ sloId }) => sloId === grouped.id)?.figures ?? {}
      expect(bad).toBeGreaterThan(0)
      expect(badByCause).toEqual({ platform: bad / 4, tenant: 0, aws: bad / 2, unknown: bad / 4 })
    }
    const { slos: rows } = await reads.list(acmes, { tenantId: null })
    expect(rows.map(({ sloId, figures }) => [sloId, figures?.badByCause ?? null])).toEqual(
      expect.arrayContaining([
        [grouped.id, { platform: 0, tenant: 0, aws: 0, unknown: 0 }],
        [steady.id, null],
      ]),
    )
  })

  it('has a point of each day, and none of a day without data', async () => {
    const { slos: rows, asOf } = await reads.list(guest, { tenantId: null })
    const days = rows.find(({ sloId }) => sloId === steady.id)?.badRatioByDay ?? []
    expect(days).toHaveLength(30)
    const today = Math.floor((seconds(asOf) - 1) / day) * day
    const expected = days.map((_, i) => {
      const start = today - (29 - i) * day
      const sum = sumOf(steady.id, all, start, Math.min(start + day, seconds(asOf)))
      return sum.total > 0 ? ratioOf(sum) : null
    })
    expect(days).toEqual(expected)
  })

  it('reads all SLOs with a handful of queries, and a step later only the ends of the window again', async () => {
    const inStep = (Math.floor(Date.now() / 60_000) + 0.5) * 60_000
    const clock = vi.spyOn(Date, 'now').mockReturnValue(inStep)
    onTestFinished(() => clock.mockRestore())
    queries.length = 0
    const fresh = createReads(counting(createMetricsQuery(store.endpoint)))
    await untilRead(fresh)
    const cold = queries.length
    // A day or an hour each of 30 days and of a quarter, whatever the number of SLOs.
    expect(cold).toBeLessThan(220)
    const { asOf } = await fresh.list(guest, { tenantId: null })
    clock.mockReturnValue(inStep + 60_000)
    await vi.waitFor(
      async () => expect(seconds((await fresh.list(guest, { tenantId: null })).asOf)).toBe(seconds(asOf) + stepSeconds),
      { timeout: 30_000 },
    )
    expect(queries.length).toBeGreaterThan(cold)
    expect(queries.length - cold).toBeLessThan(cold / 2)
  })

  it('shows a tenant’s people and guests nothing of another tenant', async () => {
    for (const viewer of [guest, acmes]) {
      const list = await reads.list(viewer, { tenantId: null })
      expect(list.slos).toHaveLength(slos.length)
      expect(JSON.stringify(list)).not.toContain('globex')
    }
  })
})

describe('an SLO', () => {
  const range = (asked: number) => ({
    from: new Date((begin - asked) * 1_000).toISOString(),
    to: new Date(begin * 1_000).toISOString(),
  })

  it('burns down to the budget that is left, over 30 days of minutes', async () => {
    const view = await reads.history(guest, { sloId: steady.id, group: null, ...range(30 * day) })
    const to = seconds(view.asOf)
    const sum = sumOf(steady.id, all, to - 30 * day, to)
    expect(view.budget).toMatchObject(sum)
    expect(view.budget?.seconds.withoutTraffic).toBe(3_600)
    expect(view.budget?.seconds.withoutData).toBe((1_440 - 1) * 60)
    const shown = view.points.reduce((count, { bad }) => count + (bad ?? 0), 0)
    expect(shown).toBe(sumOf(steady.id, all, begin - 30 * day, begin).bad)
    const left = 1 - sumOf(steady.id, all, to - 30 * day, begin).bad / (0.01 * sum.total)
    expect(view.points.at(-1)?.left).toBeCloseTo(left, 9)
    // All of the day without data but its ends, which share a point with data.
    expect(view.points.filter(({ total }) => total === null).length).toBeGreaterThanOrEqual(6)
  })

  it('tells when its alerts fired, as replay does from all steps', async () => {
    const view = await reads.history(guest, { sloId: steady.id, group: null, ...range(30 * day) })
    const steps = stepsOf.get(`${steady.id} ${all}`) ?? []
    const span = { startSeconds: begin - 30 * day, endSeconds: begin }
    const expected = replay(firstByte, new Map([[all, steps]]), span, stepSeconds).toReversed()
    expect(expected.map(({ alert }) => alert)).toContain('page')
    expect(view.episodes.newest).toEqual(expected.slice(0, 100))
  })

  it('shows one group to its tenant, and says not found of another', async () => {
    const asked = { sloId: grouped.id, ...range(3_600) }
    const own = await reads.history(acmes, { ...asked, group: acmeKey })
    expect(own.budget).toMatchObject({ bad: 0 })
    const notFound = { code: 'group-not-found' }
    await expect(reads.history(acmes, { ...asked, group: globexKey })).rejects.toMatchObject(notFound)
    await expect(reads.history(guest, { ...asked, group: acmeKey })).rejects.toMatchObject(notFound)
    await expect(reads.get(acmes, { sloId: grouped.id, group: globexKey })).rejects.toMatchObject(notFound)
    // The group of events without a tenant is not all of them.
    expect((await reads.history(guest, { ...asked, group: all })).budget).toMatchObject({ total: 0 })
    for (const group of ['', 'acme', '[]x', '[["zone","a"]]', '[["tenant_id",7]]', 'null', '[[]]'])
      await expect(reads.history(platform, { ...asked, group })).rejects.toMatchObject(notFound)
    await expect(reads.get(platform, { sloId: 'no-such', group: null })).rejects.toMatchObject({
      code: 'slo-not-found',
    })
  })

  it('adds up all groups for those who may not see one', async () => {
    const view = await reads.history(guest, { sloId: grouped.id, group: null, ...range(7_200) })
    const to = seconds(view.asOf)
    const each = [acmeKey, globexKey].map((key) => sumOf(grouped.id, key, to - 30 * day, to))
    expect(view.budget).toMatchObject({
      bad: each.reduce((sum, { bad }) => sum + bad, 0),
      total: each.reduce((sum, { total }) => sum + total, 0),
    })
    expect(JSON.stringify(view)).not.toMatch(/acme|globex/)
  })

  it('has its rules, and its most urgent groups first', async () => {
    const view = await reads.get(platform, { sloId: grouped.id, group: null })
    expect(view.rules.rules).toHaveLength(4)
    expect(view.urgentGroups.map(({ labels }) => labels.tenant_id)).toEqual(['globex', 'acme'])
    expect((await reads.get(acmes, { sloId: grouped.id, group: null })).urgentGroups).toHaveLength(1)
  })

  it('replays another objective and other alerts with the same counts', async () => {
    const view = await reads.whatIf(platform, {
      ...{ sloId: steady.id, group: null, objective: 0.95 },
      alerting: { burns: [{ severity: 'page', factor: 5, longMinutes: 60, shortMinutes: 5 }], badEventsMin: 10 },
    })
    expect(view.missing).toBeNull()
    expect(view.groups).toBeNull()
    const pages = (of: 'asItIs' | 'instead') => view[of].episodes.byAlert.find(({ alert }) => alert === 'page')
    expect(pages('asItIs')?.count).toBe(1)
    // Half of the events were bad for an hour: 10 times what 95 % allow, which is above 5 times for most of it.
    expect(pages('instead')?.count).toBe(1)
    expect(pages('instead')?.seconds).toBeLessThan(pages('asItIs')?.seconds ?? 0)
    expect(view.instead.leftRatio).toBeGreaterThan(view.asItIs.leftRatio ?? 1)
  })

  it('replays the groups that a person may see', async () => {
    const asked = { sloId: grouped.id, group: null, objective: 0.99, alerting: ingest.alerting }
    const of = async (viewer: typeof guest) =>
      reads.whatIf(viewer, { ...asked, alerting: { ...asked.alerting, burns: [...asked.alerting.burns] } })
    expect((await of(platform)).groups).toEqual({ replayed: 2, of: 2 })
    expect((await of(acmes)).groups).toEqual({ replayed: 1, of: 1 })
    expect((await of(guest)).groups).toEqual({ replayed: 0, of: 0 })
  })
})

describe('the status page', () => {
  it('has the part of bad events of each of 90 days, all tenants together, and of no day that was not measured', async () => {
    const status = createStatusService({
      ...{ storage: createMetricsQuery(store.endpoint), slots: createQuerySlots(), stepSeconds, reads },
      ...{ incidents: async () => [], alertsUnread: () => false, log: pino({ level: 'silent' }) },
    })
    const asked = () => status.read({ showsTenants: true, rolesUnknown: false })
    const { slos: shown } = await vi.waitFor(
      async () => {
        const view = await asked()
        expect(view.missing).toBeNull()
        return view
      },
      { timeout: 30_000, interval: 50 },
    )
    expect(shown.map(({ sloId, state, tenants }) => [sloId, state, tenants])).toEqual([
      [grouped.id, 'burning', ['globex']],
      [steady.id, 'good', []],
    ])
    const days = shown.find(({ sloId }) => sloId === steady.id)?.days ?? []
    expect(days).toHaveLength(90)
    // Without today, which goes on.
    for (const { date, badRatio, measuredRatio, state } of days.slice(0, -1)) {
      const start = Date.parse(date) / 1_000
      const sum = sumOf(steady.id, all, start, start + day)
      expect(badRatio, date).toBe(sum.total > 0 ? ratioOf(sum) : null)
      expect(state, date).toBe(sum.total === 0 ? 'withoutData' : ratioOf(sum) > 0.01 ? 'broken' : 'kept')
      if (sum.total === 0) expect(measuredRatio, date).toBe(0)
    }
    expect(days.filter(({ badRatio }) => badRatio !== null).length).toBeGreaterThan(30)
    expect(JSON.stringify(await status.read({ showsTenants: false, rolesUnknown: false }))).not.toContain('globex')
  })
})

it('shows the definitions while the storage hangs, and says within seconds what is missing', async () => {
  const asked = createReads(createMetricsQuery(store.endpoint))
  const thaw = await freeze(Number(store.prometheus.pid))
  try {
    const askedMs = performance.now()
    const history = {
      sloId: steady.id,
      group: null,
      from: new Date(0).toISOString(),
      to: new Date(day * 1_000).toISOString(),
    }
    const missing = 'New figures are missing: the metrics store does not answer right now.'
    const [list, one, past] = await Promise.all([
      asked.list(guest, { tenantId: null }),
      asked.get(guest, { sloId: steady.id, group: null }),
      asked.history(guest, history),
    ])
    expect(list).toMatchObject({ missing, asOf: null })
    expect(list.slos[0]?.firing).toBeNull()
    expect(list.slos.map(({ title, figures }) => [title, figures])).toContainEqual(['Writes are accepted', null])
    expect(one).toMatchObject({ missing, figures: null, definition: { title: 'Writes are answered quickly' } })
    expect(past).toMatchObject({ missing, points: [], budget: null })
    expect(performance.now() - askedMs).toBeLessThan(answerWithinMs.page)
  } finally {
    thaw()
  }
})

const ratioOf = ({ bad, total }: { bad: number; total: number }) => (total > 0 ? bad / total : 0)
