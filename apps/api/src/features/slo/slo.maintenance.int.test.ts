// Maintenance windows on a real Prometheus behind the AMP stand-in, from samples as the rules write them.
import { createMetricsQuery } from '@tickwatch/aws'
import type { MaintenanceWindow } from '@tickwatch/db'
import { groupKey } from '@tickwatch/slo'
import { expect, it } from 'vitest'
import { useAmp } from '../../../../../local/src/testing/useAmp.ts'
import {
  createTestReads,
  day,
  grouped,
  guest,
  platform,
  seconds,
  steady,
  stepSeconds,
  untilRead,
  useSloHistory,
} from '../../testing/useSloHistory.ts'

const store = useAmp()
const { begin, stepsOf } = useSloHistory(store)
const all = groupKey({})
const made = (from: number, to: number, about: Pick<MaintenanceWindow, 'sloId' | 'labels'>): MaintenanceWindow => ({
  ...{ id: `${from}`, ...about, startsAt: new Date(from * 1_000), until: new Date(to * 1_000) },
  ...{ endsAt: new Date(to * 1_000), approvedAt: new Date(from * 1_000), changeRequestId: `${from}`, ended: null },
  ...{ by: { subject: 'a', name: 'A' }, approvedBy: { subject: 'b', name: 'B' }, reason: 'a test' },
})

it('maintenance windows leave the budgets of the list and of the page what a count of the other steps is, to the event', async () => {
  const spans: [number, number][] = [
    // The hour in which half of the events were bad, from the middle of a minute, over two days.
    [begin - 10_090 * 60 + 30, begin - 9_000 * 60 - 30],
    [begin - 2 * day - 7, begin - 2 * day + 3_600],
  ]
  const windows = spans.map(([from, to], i) => made(from, to, { sloId: i === 0 ? steady.id : null, labels: null }))
  const maintained = createTestReads(createMetricsQuery(store.endpoint, 60_000), async () => windows)
  await untilRead(maintained)
  const isIn = (end: number) => spans.some(([from, to]) => end > from && end - stepSeconds < to)
  const sumUpTo = (to: number) => {
    const own = (stepsOf.get(`${steady.id} ${all}`) ?? []).filter(
      ({ endSeconds: end }) => end > to - 30 * day && end <= to && !isIn(end),
    )
    const sum = (of: 'bad' | 'total') => own.reduce((so, step) => so + step[of], 0)
    return { bad: sum('bad'), total: sum('total') }
  }
  const { slos: rows, asOf } = await maintained.list(platform, { tenantId: null })
  const figures = rows.find(({ sloId }) => sloId === steady.id)?.figures
  expect(figures).toMatchObject(sumUpTo(seconds(asOf)))
  const history = await maintained.history(guest, {
    ...{ sloId: steady.id, group: null },
    ...{ from: new Date((begin - 30 * day) * 1_000).toISOString(), to: new Date(begin * 1_000).toISOString() },
  })
  expect(history.budget).toMatchObject(sumUpTo(seconds(history.asOf)))
  expect(history.budget?.seconds.excluded).toBe(figures?.excludedSeconds)
  expect(history.maintenance).toHaveLength(2)
  const other = rows.find(({ sloId }) => sloId === grouped.id)?.figures
  expect(other?.excludedSeconds).toBe(3_660)
})
