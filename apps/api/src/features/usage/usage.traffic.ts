import { attestations, type Database, gatewayStarts, gateways } from '@tickwatch/db'
import type { z } from 'zod'
import { notFound } from '../../shared/errors.ts'
import { startView } from '../gateway/gateway.views.ts'
import { bucketsOf } from './usage.calculations.ts'
import { rangeOf } from './usage.charts.ts'
import type { UsageHistory } from './usage.history.ts'
import { resolutionSeconds } from './usage.queries.ts'
import type { TrafficView, trafficInput } from './usage.traffic.types.ts'

/** Of more starts, or of more versions, a chart marks the newest. */
const markedMax = 200

/** @returns what reads the traffic of a gateway or of the fleet. It throws not found for a gateway that never reported. */
export const createTraffic =
  (db: Database, history: UsageHistory) =>
  async ({ gatewayId, from, to }: z.output<typeof trafficInput>): Promise<TrafficView> => {
    const range = rangeOf({ from, to })
    const time = { from: new Date(from), to: new Date(to) }
    const { starts, applied } = await db.platform(async (tx) => {
      if (gatewayId !== null && !(await gateways.byId(tx, gatewayId))) throw notFound('gateway')
      return {
        starts: await gatewayStarts.between(tx, gatewayId, time, markedMax),
        applied: gatewayId === null ? [] : await attestations.between(tx, gatewayId, time, markedMax),
      }
    })
    const { value, missing } = await history.traffic(gatewayId, range)
    const cut = [starts.map(({ startedAt }) => startedAt), applied.map(({ appliedAt }) => appliedAt)]
      .filter(({ length }) => length === markedMax)
      .flatMap((times) => times.at(-1) ?? [])
    return {
      stepSeconds: range.step,
      points:
        value?.points ?? bucketsOf(range, resolutionSeconds).map(({ end }) => ({ t: end, used: null, refused: null })),
      figures: value?.figures ?? null,
      byReason: value?.byReason ?? [],
      notCounted: value?.notCounted ?? 0,
      starts: starts.map(startView),
      applied: applied.map(({ version, appliedAt }) => ({ version, at: appliedAt.toISOString() })),
      markedSince: cut.length === 0 ? null : new Date(Math.max(...cut.map(Number))).toISOString(),
      historyMissing: missing,
    }
  }
