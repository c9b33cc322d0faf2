// Records heartbeats while reads are timed, as the API does: one gateway after the other, each with all its tenants.
import { type Database, gateways } from '@tickwatch/db'
import { formatsRead, type HeartbeatTenant } from '@tickwatch/policy'
import type pg from 'pg'
import { gatewayCount } from './data.ts'
import { rounded } from './report.ts'

/**
 * In production each gateway sends one per second. Here one takes Postgres and its client about 20 ms, so that all of
 * them would need more than two cores. So each gateway sends one every 10 s. After 15 s without one it would be away.
 */
const heartbeatsPerSecond = 20

type Row = {
  id: string
  ring: string
  zone: string
  started_at: Date
  applied_version: string
  applied_sha256: string
  applied_at: Date
  tenants: Record<string, HeartbeatTenant>
}

/** The size of the API's connection pool. */
const inFlightMax = 10

/**
 * Starts to record heartbeats.
 * @param admin to read the figures that each gateway reports
 * @returns a function that stops it, and returns the time of each heartbeat and the number per second.
 */
export async function startHeartbeats(
  db: Database,
  admin: pg.Client,
): Promise<() => Promise<{ tookMs: number[]; perSecond: number }>> {
  const { rows } = await admin.query<Row>(`
    SELECT g.id, g.ring, g.zone, g.started_at, g.applied_version, g.applied_sha256, g.applied_at, (
      SELECT jsonb_object_agg(gt.tenant_id, jsonb_build_object(
        'demandSamplesPerSecond', gt.demand_samples_per_second, 'demandRequestsPerSecond', gt.demand_requests_per_second,
        'demandSeries', gt.demand_series, 'demandQueriesPerSecond', 0, 'samplesPerSecond', gt.samples_per_second,
        'requestsPerSecond', gt.requests_per_second, 'activeSeries', gt.active_series,
        'refusedPerSecond', gt.refused_by_reason, 'partUsedRatio', CASE WHEN gt.may_be_near THEN 0.97 ELSE 0.3 END))
      FROM gateway_tenant gt WHERE gt.gateway_id = g.id) AS tenants
    FROM gateway g ORDER BY g.id`)
  const tookMs: number[] = []
  const inFlight = new Set<Promise<void>>()
  let fault: unknown = null
  const begunAt = performance.now()
  let sent = 0
  const timer = setInterval(() => {
    const row = rows[sent % gatewayCount]
    if (!row) throw new TypeError('there are no gateways')
    // A gateway does not send the next one either before the last is answered.
    if (inFlight.size >= inFlightMax) return
    sent += 1
    const sentAt = performance.now()
    const recording = beat(db, row)
      .then(() => void tookMs.push(performance.now() - sentAt))
      .catch((cause: unknown) => {
        fault ??= cause
      })
      .finally(() => inFlight.delete(recording))
    inFlight.add(recording)
  }, 1_000 / heartbeatsPerSecond)
  return async () => {
    clearInterval(timer)
    await Promise.all(inFlight)
    if (fault) throw new Error('a heartbeat was not recorded', { cause: fault })
    return { tookMs, perSecond: rounded(sent / ((performance.now() - begunAt) / 1_000)) }
  }
}

function beat(db: Database, row: Row): Promise<unknown> {
  const tenants = Object.fromEntries(
    Object.entries(row.tenants).map(([id, figures]) => [
      id,
      { ...figures, samplesPerSecond: figures.samplesPerSecond * (0.98 + Math.random() / 50) },
    ]),
  )
  const heartbeat = {
    gatewayId: row.id,
    ring: row.ring,
    zone: row.zone,
    softwareVersion: '1.4.0',
    formatsRead,
    startedAt: row.started_at,
    applied: { version: Number(row.applied_version), sha256: row.applied_sha256, appliedAt: row.applied_at },
    refused: null,
    cpuRatio: 0.4,
    memoryBytes: 250_000_000,
    tenants,
  }
  return db.platform((tx) => gateways.recordHeartbeat(tx, heartbeat, new Date()))
}

/** The demand of every tenant at every gateway, read as for the shares. The API reads it at most every 500 ms. */
export const demandsCase = (db: Database) => ({
  name: 'demands of all gateways',
  ask: async () => {
    const since = new Date(Date.now() - 60_000)
    return (await db.platform((tx) => gateways.liveDemands(tx, since, since))).demands.size
  },
})
