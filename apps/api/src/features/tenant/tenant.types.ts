import type { Envelope, MeteredLimit, ResolvedLimits, TenantStatus } from '@tickwatch/policy'
import { charactersMax, idForms, tenantStatuses } from '@tickwatch/policy'
import { z } from 'zod'
import { idInput, limitName, nameInput, reasonInput, searchInput, textInput } from '../../shared/inputs.ts'
import { cursorInput } from '../../shared/page.types.ts'
import type { RefusedNow, RefusedQueriesNow } from '../usage/usage.types.ts'

export const tenantId = idInput(idForms.tenant)
const bounds = z.object({ min: z.number().int(), max: z.number().int() })
export const envelopeInput = z.partialRecord(limitName, bounds)
export const listInput = z.object({
  ...cursorInput,
  search: searchInput.optional(),
  status: z.enum(tenantStatuses).optional(),
  /** `usedRatio` is the highest part of a metered limit that the tenant uses. */
  sort: z.enum(['id', 'name', 'createdAt', 'samplesPerSecond', 'usedRatio']).default('id'),
  direction: z.enum(['asc', 'desc']).default('asc'),
})
export const createInput = z.object({
  id: tenantId,
  name: nameInput(charactersMax.tenantName),
  plan: nameInput(charactersMax.tenantPlan),
})
export const byIdInput = z.object({ id: tenantId })
/** `confirm` must repeat the tenant's id: the screen asks for it. */
export const suspendInput = z
  .object({ id: tenantId, reason: reasonInput, confirm: textInput(100) })
  .refine((i) => i.confirm === i.id, 'type the id of the tenant to confirm')
export const resumeInput = z.object({ id: tenantId, reason: reasonInput })
/** `base` is the envelope on which the editor was opened. If it has changed since, the edit is a conflict. */
export const setEnvelopeInput = z.object({
  id: tenantId,
  base: envelopeInput,
  envelope: envelopeInput,
  reason: reasonInput,
})

export type TenantView = {
  id: string
  name: string
  plan: string
  status: TenantStatus
  createdAt: string
  resolved: ResolvedLimits
  envelope: Envelope
  /** From the heartbeats of the live gateways. If none is live, this and what follows are unknown, and null. */
  samplesPerSecond: number | null
  activeSeries: number | null
  /** The metered limit of which the tenant uses the highest part. */
  mostUsed: { limit: MeteredLimit; usedRatio: number } | null
  refusedByReason: RefusedNow[] | null
  refusedQueries: RefusedQueriesNow[] | null
}
