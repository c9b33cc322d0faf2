// The reads on a real Prometheus behind the AMP stand-in, from samples as the rules write them.
import { createMetricsQuery, type MetricsQuery } from '@tickwatch/aws'
import { openDatabase, type StoredSlo, sloRecounts, slos as slosTable } from '@tickwatch/db'
import { answerWithinMs } from '@tickwatch/policy'
import {
  builtInDefinitions,
  countQuery,
  type Definition,
  eventsMetric,
  groupKey,
  platformTenant,
  replay,
  type Step,
  settledUntil,
  stepEndOf,
} from '@tickwatch/slo'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Amp, startAmp } from '../../../../../local/src/parts/amp/amp.ts'
import { sampleSeries, snappyLiteral } from '../../../../../local/src/parts/amp/ampTestRequest.ts'
import { startPrometheus } from '../../../../../local/src/parts/prometheus/prometheus.ts'
import { freeze } from '../../../../../local/src/testing/freeze.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { createQuerySlots } from '../../shared/storageAnswers.ts'
import { temporaryFolder } from '../../testing/fixtures.ts'
import { createLeases } from '../../workers/lease.ts'
import { createRecounter } from './recounter.ts'
import { createSloPreview } from './slo.preview.ts'
import { newestStep } from './slo.queries.ts'
import { createSloReads, type SloReads } from './slo.reads.ts'

const workspaceId = 'ws-00000000-0000-0000-0000-000000000001'
const stepSeconds = 60
const day = 86_400
const folder = temporaryFolder()
const urls = useTestDatabase()
const [, ingest, firstByte] = builtInDefinitions as [Definition, Definition, Definition]
const stored = (definition: Definition): StoredSlo => ({
  ...{ id: definition.id, tenantId: platformTenant, version: 1, definition, savedAt: new Date(0), namespace: 0 },
  by: { subject: 'migrate', name: 'Tickwatch' },
})
/** Rolling and of the calendar, grouped and not. */
const steady = stored(firstByte)
const quarter = stored({ ...firstByte, id: 'by-quarter', window: { calendar: 'quarter', timeZone: 'Europe/Berlin' } })
const grouped = stored(ingest)
const silent = stored({ ...firstByte, id: 'silent' })
const slos = [steady, quarter, grouped, silent]

const guest = { isPlatform: false, tenantIds: new Set<string>() }
const acmes = { isPlatform: false, tenantIds: new Set(['acme']) }
const platform = { isPlatform: true, tenantIds: new Set<string>() }
const acmeKey = groupKey({ tenant_id: 'acme' })
const globexKey = groupKey({ tenant_id: 'globex' })

/** The step up to which everything is written, and more, as time goes on during the test. */
const begin = newestStep(Date.now() / 1_000, stepSeconds)
const stepsOf = new Map<string, Step[]>()
let prometheus: Awaited<ReturnType<typeof startPrometheus>>
let amp: Amp
let queries: string[]
let reads: SloReads

beforeAll(async () => {
  prometheus = await startPrometheus({ dir: folder.dir, outOfOrderWindow: '1d' })
  const { url: prometheusUrl, rulesDir } = prometheus
  const options = { port: 0, prometheusUrl, region: 'us-east-1', workspaceId, rulesDir }
  amp = await startAmp({ ...options, accessKeys: { AKID: 'secret' } })
  vi.stubEnv('AWS_REGION', 'us-east-1')
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKID')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  vi.stubEnv('AWS_ENDPOINT_URL_AMP', amp.url)
  await writeHistory()
  const storage = createMetricsQuery(`${amp.url}/workspaces/${workspaceId}`, 60_000)
  queries = []
  reads = createReads(counting(storage))
  await untilRead(reads)
})
afterAll(async () => {
  await amp.stop()
  await prometheus.stop()
  vi.unstubAllEnvs()
  folder.remove()
})

const createReads = (storage: MetricsQuery) =>
  createSloReads({
    ...{ storage, slots: createQuerySlots(), stepSeconds, log: pino({ level: 'silent' }) },
    definitions: async () => slos,
    recounts: async () => ({ settled: new Map(), changes: [] }),
  })

/** The first list of a new process does not wait for all that it needs. */
const untilRead = (asked: SloReads) =>
  vi.waitFor(async () => expect((await asked.list(guest, { tenantId: null })).missing).toBeNull(), {
    ...{ timeout: 30_000, interval: 50 },
  })

function counting(storage: MetricsQuery): MetricsQuery {
  return {
    instant: (...query) => {
      queries.push(query[0])
      return storage.instant(...query)
    },
    range: (...query) => {
      queries.push(query[0])
      return storage.range(...query)
    },
  }
}

/** Rules of each SLO run at a time of their own in each minute. Older than AMP accepts: straight into Prometheus, the oldest first. */
async function writeHistory(): Promise<void> {
  const rows: { t: number; series: Uint8Array }[] = []
  const put = (name: string, labels: Record<string, string>, value: number, t: number) =>
    rows.push({ t, series: sampleSeries({ __name__: name, tenant: platformTenant, ...labels }, value, t * 1_000) })
  const count = (
    slo: string,
    labels: Record<string, string>,
    days: number,
    offset: number,
    events: (n: number) => [number, number] | null,
  ) => {
    const steps: Step[] = []
    for (let n = days * 1_440 - 1; n >= -5; n--) {
      const writtenAt = begin - n * stepSeconds + 60 + offset
      const endSeconds = stepEndOf(writtenAt, stepSeconds)
      const step = events(n)
      if (!step) continue
      const [bad, total] = step
      steps.push({ endSeconds, bad, total })
      put(eventsMetric, { slo, event: 'bad', ...labels }, bad, writtenAt)
      put(eventsMetric, { slo, event: 'total', ...labels }, total, writtenAt)
    }
    stepsOf.set(`${slo} ${groupKey(labels)}`, steps)
  }
  // 1 of 100 may be bad. An hour with half of them bad a week ago, a day without data, an hour without traffic.
  count(steady.id, {}, 34, 17.25, (n) =>
    n > 20 * 1_440 && n < 21 * 1_440
      ? null
      : n > 600 && n <= 660
        ? [0, 0]
        : n > 10_000 && n <= 10_060
          ? [50, 100]
          : [n % 9 === 0 ? 1 : 0, 100],
  )
  count(quarter.id, {}, 2, 41.5, (n) => [n % 50 === 0 ? 1 : 0, 10])
  // globex burns for the last half hour.
  count(grouped.id, { tenant_id: 'acme' }, 3, 0, () => [0, 1_000])
  count(grouped.id, { tenant_id: 'globex' }, 3, 0, (n) => [n <= 30 ? 200 : 0, 1_000])
  // Not an SLO yet: a counter that is scraped every 30 s for three hours, of which 80 scrapes have a failure.
  for (let k = 0; scrapedAt(k) <= begin + 360; k++) {
    put('made_total', { code: '200', zone: 'a' }, 9 * k, scrapedAt(k))
    put('made_total', { code: '500', zone: 'a' }, failuresBy(k), scrapedAt(k))
  }
  const since = begin - 1_200
  for (let t = since; t <= begin + 360; t += 30) {
    const alert = { slo: grouped.id, alertname: 'SloBurnPage', severity: 'page', tenant_id: 'globex' }
    put('ALERTS', { ...alert, alertstate: 'firing' }, 1, t)
    put('ALERTS_FOR_STATE', alert, since, t)
  }
  rows.sort((a, b) => a.t - b.t)
  const body = snappyLiteral(Buffer.concat(rows.map(({ series }) => series)))
  const { status } = await fetch(`${prometheus.url}/api/v1/write`, { method: 'POST', body: Buffer.from(body) })
  expect(status).toBe(204)
}

const scrapedAt = (scrape: number) => begin - 10_800 + scrape * 30
const failuresBy = (scrape: number) => Math.min(80, Math.max(0, scrape - 120))

/** Steps with ends after `from`, up to `to`. */
function sumOf(slo: string, key: string, from: number, to: number) {
  const steps = (stepsOf.get(`${slo} ${key}`) ?? []).filter(({ endSeconds }) => endSeconds > from && endSeconds <= to)
  return steps.reduce((sum, { bad, total }) => ({ bad: sum.bad + bad, total: sum.total + total }), { bad: 0, total: 0 })
}
const seconds = (iso: string | null | undefined) => Date.parse(iso ?? '') / 1_000
const all = groupKey({})

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

  it('reads all SLOs with a handful of queries, and only the ends of the window again', async () => {
    queries.length = 0
    const fresh = createReads(counting(createMetricsQuery(`${amp.url}/workspaces/${workspaceId}`)))
    await untilRead(fresh)
    const cold = queries.length
    await fresh.list(guest, { tenantId: null })
    // A day or an hour each of 30 days and of a quarter, whatever the number of SLOs.
    expect(cold).toBeLessThan(220)
    expect(queries.length).toBe(cold)
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

describe('the preview of a definition that is not saved', () => {
  const made: Definition = {
    ...{ ...firstByte, id: 'made', objective: 0.999, groupBy: ['zone'] },
    sli: { kind: 'ratio', bad: 'made_total{code="500"}', total: 'made_total' },
  }
  const preview = (definition: Definition) =>
    createSloPreview({
      storage: createMetricsQuery(`${amp.url}/workspaces/${workspaceId}`),
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

describe('samples that arrive late', () => {
  const end = Math.floor(settledUntil(Date.now() / 1_000, stepSeconds) / 3_600) * 3_600
  const late: Definition = {
    ...{ ...firstByte, id: 'late', window: { days: 7 } },
    sli: { kind: 'ratio', bad: 'late_total{code="500"}', total: 'late_total' },
  }
  /** Scrapes of two hours. An agent restarts at one of them, and is offline for ten minutes around it. */
  const scrapes = Array.from({ length: 241 }, (_, k) => ({ at: end - 7_200 + k * 30, value: k < 170 ? k : k - 170 }))
  const isLate = (at: number) => at > end - 2_400 && at <= end - 1_800
  const send = async (series: Uint8Array[]) => {
    const body = Buffer.from(snappyLiteral(Buffer.concat(series)))
    expect((await fetch(`${prometheus.url}/api/v1/write`, { method: 'POST', body })).status).toBe(204)
  }
  const scraped = (which: (at: number) => boolean) =>
    scrapes
      .filter(({ at }) => which(at))
      .flatMap(({ at, value }) =>
        [
          { code: '200', perScrape: 9 },
          { code: '500', perScrape: 1 },
        ].map(({ code, perScrape }) =>
          sampleSeries({ __name__: 'late_total', tenant: platformTenant, code }, perScrape * value, at * 1_000),
        ),
      )

  it('are counted an hour later, exactly, in the list and on the page', async () => {
    const storage = createMetricsQuery(`${amp.url}/workspaces/${workspaceId}`)
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
      await send(scraped((at) => !isLate(at)))
      // What the rule wrote at that time.
      const query = countQuery(late, platformTenant, stepSeconds)
      const first = await storage.range(query, end - 3_600 + stepSeconds, end, stepSeconds)
      await send(
        first.flatMap(({ labels, points }) =>
          points.map(([at, value]) =>
            sampleSeries(
              { __name__: eventsMetric, tenant: platformTenant, slo: 'late', event: labels.event ?? '' },
              value ?? 0,
              (at + 45) * 1_000,
            ),
          ),
        ),
      )
      const asked = () =>
        createSloReads({
          ...{ storage, slots: createQuerySlots(), stepSeconds, log, recounts: () => db.platform(sloRecounts.all) },
          definitions: async () => [stored(late)],
        })
      const figures = async () => {
        const reads = asked()
        await untilRead(reads)
        const range = { from: new Date((end - 3_600) * 1_000).toISOString(), to: new Date(end * 1_000).toISOString() }
        const { points } = await reads.history(guest, { sloId: 'late', group: null, ...range })
        const sum = (event: 'bad' | 'total') => points.reduce((all, point) => all + (point[event] ?? 0), 0)
        const { slos: rows } = await reads.list(guest, { tenantId: null })
        const { settledUntil: until } = await reads.get(guest, { sloId: 'late', group: null })
        return { page: [sum('bad'), sum('total')], list: [rows[0]?.figures?.bad, rows[0]?.figures?.total], until }
      }
      const before = await figures()
      expect(before.until).toBeNull()
      expect(before.page[1]).toBeLessThan(1_190)

      await send(scraped(isLate))
      const recounter = createRecounter({ db, storage, slots: createQuerySlots(), stepSeconds, ending: signal, log })
      const settle = () =>
        createLeases(db, { name: 'slo-recount', forMs: 10_000 }, signal, log).hold((lease) => recounter.settle(lease))
      await settle()
      const { changes } = await db.platform(sloRecounts.all)
      expect(new Set(changes.map(({ sloId }) => sloId))).toEqual(new Set(['late']))
      // A count of each scrape; the one of the restart has none.
      const exact = { page: [119, 1_190], list: [119, 1_190], until: new Date(end * 1_000).toISOString() }
      expect(await figures()).toEqual(exact)
      await settle()
      expect((await db.platform(sloRecounts.all)).changes).toEqual(changes)
    } finally {
      await db.close()
    }
  })
})

it('shows the definitions while the storage hangs, and says within seconds what is missing', async () => {
  const asked = createReads(createMetricsQuery(`${amp.url}/workspaces/${workspaceId}`))
  const thaw = await freeze(Number(prometheus.pid))
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
