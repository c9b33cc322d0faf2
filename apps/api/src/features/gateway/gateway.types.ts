import {
  type GatewayPolicyState,
  type Heartbeat,
  type HeartbeatAnswer,
  heartbeatCharactersMax,
  idForms,
  type PolicyNews,
  type Ring,
  readerUsesMax,
  seriesSketchPattern,
  sha256Pattern,
} from '@tickwatch/policy'
import { z } from 'zod'
import { idInput, quotedInput, textInput, timeInput } from '../../shared/inputs.ts'
import { refusalCauses } from '../refusal/refusal.types.ts'
import { tenantId } from '../tenant/tenant.types.ts'

/** The bound keeps sums over the fleet finite: Postgres refuses to add up to infinity. */
const perSecond = z.number().nonnegative().max(1e15).default(0)
const sha256 = z.string().regex(sha256Pattern)
const format = z.number().int().positive().max(1_000_000).default(1)
const series = z.number().int().nonnegative().default(0)
const ratio = z.number()
/** A refund may come after the count began again, so it may be below zero. */
const count = z.number().min(-1e15).max(1e15)
const taken = z.object({
  samples: count,
  requests: count,
  queries: count,
  queriesAtOnce: z.number().int().nonnegative().max(1e15).optional(),
})

/**
 * Body of `POST /v1/gateways/heartbeat` on the machine port, from a gateway of any version. The gateway's id comes from
 * its certificate, never from the body. What describes the gateway and what it enforces is required. A missing figure
 * counts as zero: if the heartbeat were rejected, the gateway would be shown as away.
 */
export const heartbeatInput = z.object({
  /** A ring that no wave names gets no policy. Its gateways are shown as drift. */
  ring: idInput(idForms.ring),
  zone: textInput(heartbeatCharactersMax.zone).min(1),
  softwareVersion: textInput(heartbeatCharactersMax.softwareVersion).min(1),
  formatsRead: z.object({ bundle: format, manifest: format }).prefault({}),
  startedAt: timeInput,
  /** What it enforces now; null before the first policy. */
  applied: z
    .object({
      version: z.number().int().positive(),
      sha256,
      appliedAt: timeInput,
    })
    .nullable(),
  /** The newest version that it refused, and why; null once it enforces a newer one. */
  refused: z
    .object({
      version: z.number().int().nonnegative(),
      reason: quotedInput(heartbeatCharactersMax.refusalReason),
      at: timeInput,
    })
    .nullable()
    .default(null),
  /** A version that it enforces but can't save, and why. */
  unsaved: z
    .object({
      version: z.number().int().nonnegative(),
      reason: quotedInput(heartbeatCharactersMax.unsavedReason),
      at: timeInput,
    })
    .nullable()
    .default(null),
  cpuRatio: z.number().min(0).max(1_000).default(0),
  memoryBytes: z.number().int().nonnegative().default(0),
  /** True in its last heartbeat, because it drains. */
  leaving: z.boolean().optional(),
  /** Only tenants that it saw in the last 30 s. Demand is averaged over these 30 s, all other rates over 5 s. */
  tenants: z
    .record(
      tenantId,
      z.object({
        demandSamplesPerSecond: perSecond,
        demandRequestsPerSecond: perSecond,
        /** Active series plus those that the limit refused. */
        demandSeries: series,
        /** Shows which series these are. Sent if the last answer's `seriesClaims` were over the tenant's limit. */
        seriesSketch: z.string().regex(seriesSketchPattern).optional(),
        demandQueriesPerSecond: perSecond,
        samplesPerSecond: perSecond,
        requestsPerSecond: perSecond,
        activeSeries: series,
        /** How much of its share it uses, for the limit of which it uses most; absent means unknown. */
        partUsedRatio: z.number().nonnegative().max(1e15).optional(),
        /** The mean age of its accepted samples at their arrival; absent means unknown. */
        sampleAgeSeconds: z.number().nonnegative().max(1e15).optional(),
        /** What it took of the metered limits, counted up; absent in gateways that do not lend. */
        taken: taken.optional(),
        /** Samples refused per second, by reason; requests of the reasons that are given before a request is read. */
        refusedPerSecond: z.record(textInput(32), perSecond).default({}),
        refusedQueriesPerSecond: z.record(textInput(32), perSecond).default({}),
      }),
    )
    .default({}),
  /** Why it refused samples and queries in the last hour, of tenants that it refused something just now. */
  refusalCauses: z.record(tenantId, refusalCauses).optional(),
  /** Readers' tokens whose last use changed; absent in gateways that do not report uses. */
  readerUses: z
    .array(z.object({ sha256, usedAt: timeInput }))
    .max(readerUsesMax)
    .optional(),
}) satisfies z.ZodType<Heartbeat>

export const heartbeatAnswer = z.object({
  /** The version in its ring's manifest: only a hint to poll SSM now. The manifest itself decides. */
  policyVersionHint: z.number().int().nullable(),
  /** Its share of each live tenant's limits. */
  shares: z.record(tenantId, z.object({ samples: ratio, requests: ratio, series: ratio, queries: ratio })),
  /** Its share of the limits of a tenant that is not in `shares`. */
  defaultShare: ratio,
  /** Per tenant in its heartbeat: what all other gateways took of the metered limits, if all of them report it. */
  othersTaken: z.record(tenantId, taken).optional(),
  /** Per tenant that several gateways report: the sum of their active series, and whether duplicates are known. */
  seriesClaims: z.record(tenantId, z.object({ total: z.number(), sketched: z.boolean() })).optional(),
  nextHeartbeatMs: z.number().int().positive(),
}) satisfies z.ZodType<HeartbeatAnswer>

/** Query of `GET /v1/gateways/news`. */
export const newsInput = z.object({
  ring: idInput(idForms.ring),
  /** The newest version that the gateway enforces or has heard of; 0 before the first one. */
  after: z.coerce.number().int().nonnegative().default(0),
})

export const newsAnswer = z.object({
  /** The version in its ring's manifest, if it is newer than `after`: only a hint to poll SSM now. */
  policyVersion: z.number().int().nullable(),
}) satisfies z.ZodType<PolicyNews>

export const byIdInput = z.object({ gatewayId: idInput(idForms.gateway) })

/** What is refused per second. Requests are those that were refused unread: nobody knows how many samples they held. */
export type RefusalsView = { samples: number; requests: number; queries: number }

export type GatewayView = {
  gatewayId: string
  ring: Ring
  zone: string
  softwareVersion: string
  startedAt: string
  heartbeatAt: string
  desiredVersion: number | null
  appliedVersion: number | null
  appliedSha256: string | null
  policyState: GatewayPolicyState
  /** The figures of its newest heartbeat; null if it is not live, because they are not figures of now. */
  samplesPerSecond: number | null
  requestsPerSecond: number | null
  refusals: RefusalsView | null
  activeSeries: number | null
  cpuRatio: number | null
  memoryBytes: number | null
}

export type FleetView = {
  gateways: GatewayView[]
  /** Sums over the live gateways; null if none is live. */
  samplesPerSecond: number | null
  refusals: RefusalsView | null
  inSync: number
  away: number
}

/** A start of a gateway's process. Times are ISO 8601, UTC. */
export type GatewayStartView = {
  gatewayId: string
  /** By the gateway's clock. */
  startedAt: string
  /** When its first heartbeat arrived. */
  reportedAt: string
  softwareVersion: string
  /**
   * How the process before it ended, and when; null for the first start that is known. `lost` says only that its last
   * heartbeat did not say that it leaves, and `at` is then when it was last seen.
   */
  previous: { end: 'left' | 'lost'; at: string } | null
}

export type GatewayDetailView = GatewayView & {
  /**
   * How it left the fleet, and when; null while it is part of it. `instance-ended`: it sent no last heartbeat, but Auto
   * Scaling does not run its instance any more, which was seen at `at`.
   */
  end: { how: 'drained' | 'instance-ended'; at: string } | null
  starts: GatewayStartView[]
  attestations: { version: number; sha256: string; appliedAt: string; enforcedMs: number | null }[]
  /** Those of its newest heartbeat, also if it is not live. */
  tenants: { tenantId: string; samplesPerSecond: number; refusals: RefusalsView; activeSeries: number }[]
}
