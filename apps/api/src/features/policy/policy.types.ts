import type { Ring } from '@tickwatch/policy'
import { z } from 'zod'
import type { Person } from '../quota/quota.types.ts'

export const propagationInput = z.object({ version: z.number().int().min(1) })

export type PolicyVersionState = 'compiled' | 'canary' | 'fleet' | 'enforced' | 'refused' | 'superseded'

/** One policy version on its way. Every duration is milliseconds since `savedAt`, of the earliest change it carries. */
export type PropagationView = {
  version: number | null
  state: 'saved' | PolicyVersionState
  savedAt: string
  compiledMs: number | null
  canaryPublishedMs: number | null
  canaryEnforcedMs: number | null
  fleetPublishedMs: number | null
  /** When the last live gateway attested. */
  enforcedMs: number | null
  gateways: {
    gatewayId: string
    ring: Ring
    /** Null until this gateway attested this version or a newer one. */
    enforcedMs: number | null
    state: 'in-sync' | 'behind' | 'refused' | 'disagrees' | 'away'
    detail: string | null
  }[]
  /** Why the version waits or stopped, as a sentence; null while all goes well. */
  held: string | null
}

export type PolicyVersionView = {
  version: number
  sha256: string
  bytes: number
  tenants: number
  createdAt: string
  /** What it carries. */
  causes: {
    kind: 'quota' | 'tenant' | 'envelope'
    tenantId: string
    revision: number | null
    by: Person
    reason: string
  }[]
  propagation: PropagationView
}

/** A gateway that does not enforce what its ring was told. */
export type DriftView = {
  gatewayId: string
  ring: Ring
  state: string
  detail: string
  since: string
  alerted: boolean
}
