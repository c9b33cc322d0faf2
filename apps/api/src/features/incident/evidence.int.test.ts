// What the metrics store says about incidents, asked of a real Prometheus behind the AMP stand-in.
import { createMetricsQuery, type MetricsQuery } from '@tickwatch/aws'
import { type Alert, type Database, openDatabase } from '@tickwatch/db'
import { eventsMetric, platformTenant } from '@tickwatch/slo'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RawSeries } from '../../../../../local/src/testing/rawSamples.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { useAmp } from '../../../../../local/src/testing/useAmp.ts'
import { createNotificationQueue } from '../notification/queue.ts'
import { receiveAlerts } from './receiveAlerts.ts'
import { fingerprintOf, shortAlerts } from './shortAlerts.ts'
import { readSeen, sliChart } from './sli.ts'

const urls = useTestDatabase()
const store = useAmp()
const stepSeconds = 60
/** When the samples are written, after everything has started. */
let now: number
let lastMinute: number
let db: Database
let metrics: MetricsQuery

/** The last of so many samples, one a step, is `ago` seconds old. */
const samples = (count: number, ago: number, value: number): [number, number][] =>
  Array.from({ length: count }, (_, i) => [now - ago - (count - 1 - i) * stepSeconds, value])
const recorded = (tenant: string, own: [number, number][]): RawSeries => ({
  labels: { __name__: eventsMetric, slo: 'seen', tenant: platformTenant, event: 'total', tenant_id: tenant },
  samples: own,
})
/** As Prometheus writes them for the alerts of rules. */
const alert = (labels: Record<string, string>, own: [number, number][], alertstate = 'firing'): RawSeries => ({
  labels: { __name__: 'ALERTS', alertstate, ...labels },
  samples: own,
})
const labelsOf = (alertname: string) => ({ alertname, severity: 'page', place: 'Köln "west"' })
const told = labelsOf('Told')
const ended = labelsOf('Ended')

beforeAll(async () => {
  now = Math.floor(Date.now() / 1_000)
  lastMinute = Math.floor(now / 60) * 60
  db = openDatabase(urls)
  metrics = createMetricsQuery(store.endpoint)
  await store.write([
    ...[labelsOf('Short'), told, ended].map((labels) => alert(labels, samples(1, 2_400, 1))),
    alert(labelsOf('Waited'), samples(1, 2_400, 1), 'pending'),
    recorded('gone', samples(9, 900, 100)),
    recorded('back', [...samples(9, 900, 100), ...samples(1, 20, 100)]),
    // Longer ago than an instant query looks back.
    recorded('ended', samples(9, 340, 100)),
    recorded('goes-on', samples(9, 10, 100)),
    alert(labelsOf('Fires'), samples(9, 10, 1)),
    ...['bad', 'total'].map((event) => ({
      labels: { __name__: eventsMetric, slo: 'drawn', tenant: platformTenant, event },
      // In the middle of each of twenty minutes.
      samples: Array.from({ length: 20 }, (_, i): [number, number] => [
        lastMinute - 30 - (19 - i) * 60,
        event === 'bad' ? 25 : 100,
      ]),
    })),
  ])
})
afterAll(() => db.close())

describe('whether data of an incident’s SLO and group are there', () => {
  const seen = (labels: Record<string, string>) =>
    readSeen(metrics, { slo: 'seen', owner: platformTenant, labels }, stepSeconds)
  it.each([
    ['goes-on', 10, 3],
    ['back', 20, 1],
    ['ended', 340, 0],
    ['gone', null, 0],
    ['unknown', null, 0],
  ])('of the group %s: the newest step is %s s old, and %i of the last three were recorded', async (id, ago, steps) => {
    const lastMs = ago === null ? null : (now - ago) * 1_000
    expect(await seen({ tenant_id: id })).toEqual({ lastMs, recentSteps: steps })
  })

  it('of an incident of the whole SLO, in any group', async () => {
    expect(await seen({})).toEqual({ lastMs: (now - 10) * 1_000, recentSteps: 3 })
  })
})

it('the chart around an incident has the part of bad events of each minute, and gaps without data', async () => {
  const incident = {
    ...{ slo: 'drawn', owner: platformTenant, labels: {} },
    ...{ beganAt: new Date((lastMinute - 300) * 1_000), resolvedAt: null },
  }
  const { points, missing } = await sliChart(metrics, incident, new Date(lastMinute * 1_000))
  expect(missing).toBeNull()
  expect(points).toHaveLength(66)
  expect(points?.at(-1)).toEqual({ t: lastMinute, badRatio: 0.25 })
  expect(points?.filter(({ badRatio }) => badRatio !== null)).toHaveLength(20)
  expect(points?.[0]?.badRatio).toBeNull()
})

it('an alert that fired and of which Alertmanager said nothing, or only its end, is named, and no other one', async () => {
  const news = (labels: Record<string, string>, status: Alert['status']): Alert => ({
    ...{ fingerprint: fingerprintOf(labels), status, labels, startsAt: new Date((now - 2_400) * 1_000) },
    endsAt: status === 'resolved' ? new Date((now - 2_390) * 1_000) : null,
  })
  const sent = [news(told, 'firing'), news(ended, 'resolved')]
  await receiveAlerts(db, createNotificationQueue('test'), sent, 'amp')
  const short = (await shortAlerts(db, metrics, new Date())) ?? []
  expect(
    short.map(({ labels }) => labels).sort((a, b) => (String(a.alertname) < String(b.alertname) ? -1 : 1)),
  ).toEqual([ended, labelsOf('Short')])
})
