import type { Permission, Role, TenantStatus } from '@tickwatch/policy'
import { charactersMax, emailFault, permissions, platformRoles, tenantRoles } from '@tickwatch/policy'
import { z } from 'zod'
import { nameInput, reasonInput, searchInput } from '../../shared/inputs.ts'
import { cursorInput } from '../../shared/page.types.ts'
import { tenantId } from '../tenant/tenant.types.ts'

export const listInput = z.object({ ...cursorInput, search: searchInput.optional() })
/** For the audit log. A portal of version 0.1.0 sends none. */
const grantReason = reasonInput.optional()
export const grantInput = z
  .object({
    role: z.enum([...platformRoles, ...tenantRoles]),
    tenantId: tenantId.nullable(),
    reason: grantReason,
    subjectKind: z.enum(['person', 'group']),
    /** A group's name as in the token, or a person's e-mail address. */
    subject: nameInput(charactersMax.grantSubject),
  })
  .refine(
    (g) => (tenantRoles as readonly string[]).includes(g.role) === (g.tenantId !== null),
    'a tenant role needs a tenant, a platform role has none',
  )
  // A person's grant applies to the address in the token, so any other text would never apply.
  .superRefine(({ subjectKind, subject }, context) => {
    const fault = subjectKind === 'person' ? emailFault(subject) : null
    if (fault) context.addIssue({ code: 'custom', path: ['subject'], message: fault })
  })
/** With a tenant: asks for the holders in that tenant. Without: for the holders on the whole platform. */
export const holdersInput = z.object({
  permission: z.enum(Object.keys(permissions) as [Permission, ...Permission[]]),
  tenantId: tenantId.optional(),
})
export const removeGrantInput = z.object({ id: z.uuid(), reason: grantReason })

export type GrantView = {
  id: string
  role: Role
  tenantId: string | null
  subjectKind: 'person' | 'group'
  subject: string
  createdAt: string
  createdBy: string
}

export type HoldersView = {
  holders: { subjectKind: 'person' | 'group'; subject: string }[]
  /** True if there are more holders than these. */
  more: boolean
}

/** The person who is signed in, and what they may do. */
export type MeView = {
  subject: string
  name: string
  email: string | null
  /** The address in the token, if the issuer does not say that it is verified: roles given to it do not apply. */
  unverifiedEmail: string | null
  /** True if the token leaves the groups out because they are too many: roles given to groups do not apply. */
  groupsLeftOut: boolean
  roles: { role: Role; tenantId: string | null }[]
  /** Postgres does not answer: the person may have roles that are not in this answer. */
  rolesUnknown: boolean
  /** Permissions for the whole platform. */
  platformPermissions: Permission[]
  /** Tenants this person may open, with the permissions held there. At most 200; platform roles search the rest. */
  tenants: { id: string; name: string; status: TenantStatus; permissions: Permission[] }[]
}
