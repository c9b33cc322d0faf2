import { idForms } from '@tickwatch/policy'
import { z } from 'zod'
import { idInput, textInput } from '../../shared/inputs.ts'
import type { Person } from '../../shared/page.types.ts'

/**
 * What a token may do. A route names the scope that it needs. A token with `status:read` is a link to the status page, which
 * names tenants only with `status:tenants`.
 */
export const scopes = ['alerts:send', 'images:register', 'status:read', 'status:tenants'] as const
export type Scope = (typeof scopes)[number]

export const daysMax = 365
export const createInput = z.object({
  name: idInput(idForms.peer),
  scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
  expiresInDays: z.number().int().min(1).max(daysMax),
})
/** `confirm` must repeat the token's name. */
export const revokeInput = z.object({ id: z.uuid(), confirm: textInput(100) })

/** Facts about a token, without the token itself: it cannot be shown again. Times are ISO 8601, UTC. */
export type ApiTokenView = {
  id: string
  name: string
  scopes: string[]
  createdAt: string
  by: Person
  expiresAt: string
  state: 'live' | 'expired' | 'revoked'
  revoked: { at: string; by: Person } | null
  /** To the minute. */
  lastUsedAt: string | null
}
export type ApiTokensView = {
  /** Newest first, at most the last 200. */
  items: ApiTokenView[]
  liveMax: number
}
export type CreatedApiToken = {
  apiToken: ApiTokenView
  /** Only in this answer: the database keeps only its hash. */
  token: string
}
