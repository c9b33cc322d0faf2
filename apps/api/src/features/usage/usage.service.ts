import { changeRequests, type Database, quotas, type TenantTx, tenants, usage } from '@tickwatch/db'
import { type LimitName, meteredLimits, nearLimitRatio, nearLimitShownMax, resolveLimits } from '@tickwatch/policy'
import type { z } from 'zod'
import type { ChangeFeed } from '../../shared/changeFeed.ts'
import { notFound } from '../../shared/errors.ts'
import { liveSince } from '../gateway/liveSince.ts'
import {
  bucketsOf,
  limitLine,
  metersOf,
  previewOf,
  refusedByReason,
  refusedQueries,
  withRefusalsNow,
} from './usage.calculations.ts'
import { rangeOf } from './usage.charts.ts'
import type { UsageHistory } from './usage.history.ts'
import { resolutionSeconds } from './usage.queries.ts'
import { createTraffic } from './usage.traffic.ts'
import type { TrafficView, trafficInput } from './usage.traffic.types.ts'
import type {
  FreshnessView,
  historyInput,
  PreviewView,
  previewInput,
  TenantUseView,
  UsageHistoryView,
  UsageLiveView,
  UsageNowView,
} from './usage.types.ts'

export type UsageService = {
  now(tenantId: string): Promise<UsageNowView>
  /** The live figures now, and again with each heartbeat (at most once a second), until `signal` aborts. */
  live(tenantId: string, signal: AbortSignal): AsyncGenerator<UsageLiveView>
  history(tenantId: string, input: z.output<typeof historyInput>): Promise<UsageHistoryView>
  preview(tenantId: string, input: z.output<typeof previewInput>): Promise<PreviewView>
  /** The 99th percentile of the use of the last 7 days; null without a meter or without history. */
  p99(tenantId: string, limit: LimitName): Promise<number | null>
  freshness(): Promise<FreshnessView>
  /** @throws not found for a gateway that never reported. */
  traffic(input: z.output<typeof trafficInput>): Promise<TrafficView>
  nearLimit(): Promise<TenantUseView[]>
}

/** Heartbeats come every second, so live figures are read as often while a live view is open. */
const liveEveryMs = 1_000

export function createUsageService(db: Database, history: UsageHistory, feed: ChangeFeed): UsageService {
  const live = (tenantId: string): Promise<UsageLiveView> =>
    db.tenant(tenantId, async (tx) => {
      const { max, revision } = await limitsOf(tx, tenantId)
      const requestsChangedAt = (await changeRequests.changedAt(tx))?.toISOString() ?? null
      const use = await usage.now(tx, tenantId, liveSince())
      const asOf = use.asOf?.toISOString() ?? null
      return {
        asOf,
        meters: metersOf(use, max),
        refusedByReason: refusedByReason(use),
        refusedQueries: refusedQueries(use),
        sampleAgeSeconds: use.sampleAgeSeconds,
        quota: { revision, requestsChangedAt },
      }
    })

  const nearLimit = () =>
    db.platform(async (tx) => {
      const platformDefaults = await tenants.platformDefaults(tx)
      const request = {
        heartbeatAfter: liveSince(),
        ratioMin: nearLimitRatio,
        count: nearLimitShownMax,
        platformDefaults,
      }
      const near = await usage.nearLimit(tx, request)
      return near.flatMap((tenant) => {
        const limit = meteredLimits.find((known) => known === tenant.limit)
        return limit ? [{ ...withRefusalsNow(tenant), limit }] : []
      })
    })

  return {
    async now(tenantId) {
      const [figures, refused24h, ...past] = await Promise.all([
        live(tenantId),
        history.refused24h(tenantId),
        ...meteredLimits.map(async (limit) => {
          const [sparkline, p99] = await Promise.all([history.sparkline(limit, tenantId), history.p99(limit, tenantId)])
          return { limit, sparkline, p99 }
        }),
      ])
      const missing = [refused24h, ...past.flatMap(({ sparkline, p99 }) => [sparkline, p99])].map((a) => a.missing)
      return {
        ...figures,
        meters: figures.meters.map((meter) => {
          const of = past.find(({ limit }) => limit === meter.limit)
          return { ...meter, sparkline: of?.sparkline.value ?? [], p99: of?.p99.value ?? null }
        }),
        refused24h: refused24h.value,
        historyMissing: missing.find((why) => why !== null) ?? null,
      }
    },

    live: (tenantId, signal) =>
      feed.follow({
        matters: (change) =>
          change.kind === 'resync' ||
          ((change.kind === 'quota' || change.kind === 'changeRequest') && change.tenantId === tenantId),
        read: () => live(tenantId),
        everyMs: liveEveryMs,
        signal,
      }),

    async history(tenantId, { limit, from, to }) {
      const range = rangeOf({ from, to })
      const [past, chart] = await Promise.all([
        db.tenant(tenantId, async (tx) => {
          const tenant = await tenants.byId(tx, tenantId)
          if (!tenant) throw notFound('tenant')
          const revisions = await quotas.between(tx, tenantId, new Date(from), new Date(to))
          return { revisions, defaults: await tenants.platformDefaults(tx), createdMs: tenant.createdAt.getTime() }
        }),
        history.chart(limit, tenantId, range),
      ])
      const measured = chart.value?.points ?? bucketsOf(range, resolutionSeconds).map(({ end }) => unmeasuredAt(end))
      const points = [...measured, unmeasuredAt(Math.min(range.to, Date.now() / 1_000))]
      const since = past.revisions.map((r) => ({ atMs: r.createdAt.getTime(), limits: r.limits }))
      const limits = limitLine(
        limit,
        since,
        past.defaults,
        points.map(({ t }) => t),
        past.createdMs,
      )
      return {
        limit,
        stepSeconds: range.step,
        points: points.map((point, i) => ({ ...point, limit: limits[i] ?? null })),
        figures: chart.value?.figures ?? null,
        changes: past.revisions
          .filter((r) => r.createdAt.getTime() >= range.from * 1_000)
          .flatMap(({ revision, createdAt, by, reason, changes }) =>
            changes
              .filter((change) => change.limit === limit)
              .map(({ from, to }) => ({
                revision,
                cursor: quotas.historyCursor(revision),
                at: createdAt.toISOString(),
                from,
                to,
                by: by.name,
                reason,
              })),
          ),
        historyMissing: chart.missing,
      }
    },

    async preview(tenantId, { limit, value, hours }) {
      const demand = await history.demand(limit, tenantId, hours)
      const preview = previewOf(demand.value ?? [], value, resolutionSeconds, limit !== 'series.activeMax')
      return { hours, ...preview, historyMissing: demand.missing }
    },

    p99: async (tenantId, limit) => (await history.p99(limit, tenantId)).value,
    freshness: () => history.freshness(),
    traffic: createTraffic(db, history),

    nearLimit,
  }
}

const unmeasuredAt = (t: number) => ({ t, used: null, refused: null })

async function limitsOf(tx: TenantTx, tenantId: string) {
  const head = await quotas.head(tx, tenantId)
  if (!head) throw notFound('tenant')
  return { max: resolveLimits(head.limits, await tenants.platformDefaults(tx)), revision: head.revision }
}
