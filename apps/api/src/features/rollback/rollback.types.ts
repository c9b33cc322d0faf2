import { type LimitChange, type OutsideEnvelope, sha256Pattern } from '@tickwatch/policy'
import { z } from 'zod'
import { reasonInput, textInput } from '../../shared/inputs.ts'

const version = z.number().int().min(1)
export const previewInput = z.object({ version })
/**
 * `preview` is the fingerprint of the preview that the person saw: if the rollback would do something else by now, it is a
 * conflict. `confirm` must repeat the version, such as `v12`: the screen asks for it.
 */
export const runInput = z
  .object({
    version,
    preview: textInput(64).regex(sha256Pattern, 'send the fingerprint of the preview'),
    reason: reasonInput,
    confirm: textInput(100),
  })
  .refine((i) => i.confirm === `v${i.version}`, 'type the version to confirm')

/** The first items by tenant, and how many there are in all. */
export type Listed<T> = { items: T[]; total: number }

/** What a rollback to a version would do now. */
export type RollbackPreview = {
  version: number
  /** When the version was compiled. */
  createdAt: string
  changed: Listed<{
    tenantId: string
    changes: LimitChange[]
    /** Limits that the rollback sets outside the envelope that the tenant has now. */
    outside: OutsideEnvelope[]
  }>
  /** Tenants that the version does not have, because they were created later. They keep their limits. */
  createdSince: Listed<string>
  /** Tenants that were active then and are suspended now, and the other way round. They stay as they are. */
  suspendedSince: Listed<string>
  resumedSince: Listed<string>
  /** The platform's defaults that were different then. The present ones stay. */
  defaultsSince: LimitChange[]
  fingerprint: string
}

export type RolledBack = {
  /** How many tenants got other limits. */
  tenants: number
  /** One of the revisions that it made. One policy version carries all of them. */
  follow: { tenantId: string; revision: number }
}
