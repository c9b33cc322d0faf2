import type { LimitChange, LimitName, Ring } from '@tickwatch/policy'
import { z } from 'zod'
import { revisionInput } from '../../shared/inputs.ts'
import { cursorInput, type Person } from '../../shared/page.types.ts'
import { tenantId } from '../tenant/tenant.types.ts'

/** A tenant follows its own revision, or a change of its readers' tokens; the platform follows a version. */
export const propagationInput = z.union([
  z.object({ revision: revisionInput.min(1) }),
  z.object({ readerChange: z.number().int().min(1) }),
])
export type Followed = z.output<typeof propagationInput>
export const versionPropagationInput = z.object({ version: z.number().int().min(1) })
/** `upTo`: the newest version that may be listed. */
export const versionsInput = z.object({ ...cursorInput, upTo: z.number().int().min(1).optional() })
/** What a version holds for these tenants. */
export const contentInput = z.object({ version: z.number().int().min(1), tenantIds: z.array(tenantId).max(20) })

export type PolicyVersionState = 'compiled' | 'publishing' | 'enforced' | 'refused' | 'superseded'

/** How far a change, or a policy version, got. Durations are in milliseconds since `savedAt`, its earliest change. */
export type PropagationView = {
  version: number | null
  state: 'saved' | PolicyVersionState
  savedAt: string
  compiledMs: number | null
  /** In the order in which the rings get the version. */
  waves: {
    ring: Ring
    publishedMs: number | null
    /** When the last live gateway of the ring attested. */
    enforcedMs: number | null
  }[]
  /** When the last live gateway of all waves attested. */
  enforcedMs: number | null
  /** The gateways of all waves. */
  gateways: {
    gatewayId: string
    ring: Ring
    /** Null until this gateway attested this version or a newer one. */
    enforcedMs: number | null
    state: 'in-sync' | 'behind' | 'refused' | 'disagrees' | 'away'
    /** What is wrong. Null while it is `behind` only because the change has not had the time to reach it. */
    detail: string | null
  }[]
  /** Why the version waits or stopped, as a sentence; null otherwise. */
  held: string | null
}

/** How far a change got, without the state of each gateway: for lists. */
export type ProgressView = Omit<PropagationView, 'gateways'>

export type PolicyVersionView = {
  version: number
  /** Opens the page of `policy.versions` that begins with this version. */
  cursor: string
  sha256: string
  bytes: number
  tenants: number
  createdAt: string
  /** The first hundred changes that it carries. */
  causes: {
    kind: 'quota' | 'tenant' | 'reader'
    tenantId: string
    revision: number | null
    by: Person
    /** Absent if the change needed no approval. */
    approvedBy?: Person
    /** Which limits changed. Absent if no limit did, and in versions of earlier releases. */
    changes?: LimitChange[]
    reason: string
  }[]
  /** How many more changes it carries. */
  moreCauses: number
  propagation: ProgressView
}

/** What the signed bundle of a version holds for some tenants. */
export type VersionContentView = {
  tenants: {
    tenantId: string
    /** Null if the version does not hold the tenant: gateways that enforce it refuse the tenant. */
    held: {
      status: string
      /** In force for the tenant; `own` if the tenant does not have the platform's default. */
      limits: { limit: LimitName; value: number; own: boolean }[]
      /** How many tokens of readers it accepts, if they did not expire. */
      readers: number
    } | null
  }[]
}

/** The signed bytes of a version, and what proves them. */
export type VersionBundleView = {
  /** The bundle as it was signed: as UTF-8 it has the version's SHA-256. */
  json: string
  /** Base64 DER, ECDSA P-256 over that SHA-256. */
  signature: string
  keyId: string
}

/** A gateway that does not enforce what its ring's manifest says, or whose ring is in no wave. */
export type DriftView = {
  gatewayId: string
  ring: Ring
  state: string
  detail: string
  since: string
  alerted: boolean
}

/** What a ring's manifest says; the fields are null before the first one. */
export type RingView = {
  ring: Ring
  desiredVersion: number | null
  desiredSha256: string | null
  publishedAt: string | null
  /** SSM's version number of the parameter. */
  parameterVersion: number | null
  /** The newest version that all live gateways of the ring attested. */
  lastGoodVersion: number | null
}
