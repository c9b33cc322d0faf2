// SLOs, and the samples that their rules would have written during the last weeks.
import type { MetricsQuery } from '@tickwatch/aws'
import type { MaintenanceWindow, StoredSlo } from '@tickwatch/db'
import {
  builtInDefinitions,
  causeEvent,
  type Definition,
  eventsMetric,
  groupKey,
  platformTenant,
  type Step,
  stepEndOf,
} from '@tickwatch/slo'
import { pino } from 'pino'
import { beforeAll, expect, vi } from 'vitest'
import { newestStep } from '../features/slo/slo.queries.ts'
import { createSloReads, type SloReads } from '../features/slo/slo.reads.ts'
import { createQuerySlots } from '../shared/storageAnswers.ts'

export const stepSeconds = 60
export const day = 86_400
export const [, ingest, firstByte] = builtInDefinitions as [Definition, Definition, Definition]
export const stored = (definition: Definition): StoredSlo => ({
  ...{ id: definition.id, tenantId: platformTenant, version: 1, definition, savedAt: new Date(0), namespace: 0 },
  by: { subject: 'migrate', name: 'Tickwatch' },
})
/** Rolling and of the calendar, grouped and not. */
export const steady = stored(firstByte)
export const quarter = stored({
  ...{ ...firstByte, id: 'by-quarter' },
  window: { calendar: 'quarter', timeZone: 'Europe/Berlin' },
})
export const grouped = stored(ingest)
export const silent = stored({ ...firstByte, id: 'silent' })
export const slos = [steady, quarter, grouped, silent]

export const guest = { isPlatform: false, tenantIds: new Set<string>() }
export const acmes = { isPlatform: false, tenantIds: new Set(['acme']) }
export const platform = { isPlatform: true, tenantIds: new Set<string>() }

export const seconds = (iso: string | null | undefined) => Date.parse(iso ?? '') / 1_000

/** The reads of these SLOs. */
export const createTestReads = (storage: MetricsQuery, maintenance: () => Promise<MaintenanceWindow[]>) =>
  createSloReads({
    ...{ storage, slots: createQuerySlots(), stepSeconds, log: pino({ level: 'silent' }) },
    definitions: async () => slos,
    recounts: async () => ({ settled: new Map(), changes: [] }),
    maintenance,
  })

/** A storage that adds each query to a list. */
export const countingIn = (storage: MetricsQuery, queries: () => string[]): MetricsQuery => ({
  instant(...query) {
    queries().push(query[0])
    return storage.instant(...query)
  },
  range(...query) {
    queries().push(query[0])
    return storage.range(...query)
  },
})

/** The first list of a new process does not wait for all that it needs. */
export const untilRead = (asked: SloReads) =>
  vi.waitFor(async () => expect((await asked.list(guest, { tenantId: null })).missing).toBeNull(), {
    ...{ timeout: 30_000, interval: 50 },
  })

/** What `useAmp` of `local` returns. */
type MetricsStore = {
  write(series: { labels: Record<string, string>; samples: [seconds: number, value: number][] }[]): Promise<void>
}

/** Writes the history of the SLOs before the tests of a file. */
export function useSloHistory(store: MetricsStore) {
  /** The step up to which everything is written, and more, as time goes on during the test. */
  const begin = newestStep(Date.now() / 1_000, stepSeconds)
  const stepsOf = new Map<string, Step[]>()
  beforeAll(() => store.write(writtenBy(begin, stepsOf)))
  return {
    begin,
    stepsOf,
    /** Steps with ends after `from`, up to `to`. */
    sumOf(slo: string, key: string, from: number, to: number) {
      const steps = (stepsOf.get(`${slo} ${key}`) ?? []).filter(
        ({ endSeconds }) => endSeconds > from && endSeconds <= to,
      )
      return steps.reduce((sum, { bad, total }) => ({ bad: sum.bad + bad, total: sum.total + total }), {
        ...{ bad: 0, total: 0 },
      })
    },
  }
}

/** Rules of each SLO run at a time of their own in each minute. The oldest samples first. */
function writtenBy(begin: number, stepsOf: Map<string, Step[]>) {
  const rows: { t: number; labels: Record<string, string>; value: number }[] = []
  const put = (name: string, labels: Record<string, string>, value: number, t: number) =>
    rows.push({ t, labels: { __name__: name, tenant: platformTenant, ...labels }, value })
  const count = (
    slo: string,
    labels: Record<string, string>,
    days: number,
    offset: number,
    events: (n: number) => [number, number] | null,
    told: Record<string, number> = {},
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
      if (bad === 0) continue
      for (const [why, part] of Object.entries(told))
        put(eventsMetric, { slo, event: causeEvent(why), ...labels }, part * bad, writtenAt)
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
  // globex burns for the last half hour; a quarter of its bad events were counted when nobody counted causes.
  count(grouped.id, { tenant_id: 'acme' }, 3, 0, () => [0, 1_000])
  count(grouped.id, { tenant_id: 'globex' }, 3, 0, (n) => [n <= 30 ? 200 : 0, 1_000], {
    ...{ upstream: 0.5, fault: 0.25 },
  })
  const since = begin - 1_200
  for (let t = since; t <= begin + 360; t += 30) {
    const alert = { slo: grouped.id, alertname: 'SloBurnPage', severity: 'page', tenant_id: 'globex' }
    put('ALERTS', { ...alert, alertstate: 'firing' }, 1, t)
    put('ALERTS_FOR_STATE', alert, since, t)
  }
  rows.sort((a, b) => a.t - b.t)
  return rows.map(({ t, labels, value }) => ({ labels, samples: [[t, value] as [number, number]] }))
}
