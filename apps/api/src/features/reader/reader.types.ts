import { idForms, readerTokenDaysMax } from '@tickwatch/policy'
import { z } from 'zod'
import { idInput } from '../../shared/inputs.ts'
import { cursorInput, type Person } from '../../shared/page.types.ts'
import type { ProgressView } from '../policy/policy.types.ts'

export const createInput = z.object({
  name: idInput(idForms.peer),
  expiresInDays: z.number().int().min(1).max(readerTokenDaysMax),
})
/** `confirm` must repeat the token's name: the screen asks for it. */
export const revokeInput = z.object({ id: z.uuid(), confirm: z.string().max(100) })
export const endedInput = z.object(cursorInput)

/** A reader's token without the token itself, which nobody can be shown again. Times are ISO 8601, UTC. */
export type ReaderView = {
  id: string
  name: string
  createdAt: string
  by: Person
  expiresAt: string
  state: 'live' | 'expired' | 'revoked'
  revoked: { at: string; by: Person } | null
  /** Of its creation, or of its revocation once it is revoked: by this its propagation is followed. */
  change: number
  progress: Pick<ProgressView, 'version' | 'state' | 'enforcedMs'>
}
export type ReadersView = {
  /** Live ones, newest first. */
  items: ReaderView[]
  /** So many a tenant may have at once. */
  liveMax: number
}
export type CreatedReader = {
  reader: ReaderView
  /** In this answer only: what is kept is its hash. */
  token: string
}
