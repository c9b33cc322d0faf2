import { hasPermission, type Permission } from '@tickwatch/policy'
import type { Outputs } from './trpc/client.ts'

/** The signed-in person and their permissions. */
export type Me = Outputs['access']['me']

/** Whether a person has a permission; pass `tenantId` for a permission in one tenant. */
export const can = (me: Me, permission: Permission, tenantId?: string): boolean =>
  hasPermission(me.roles, permission, tenantId)

/** True for a platform role, which may open every tenant. A tenant role may open only its own. */
export const isPlatformPerson = (me: Me): boolean => can(me, 'tenant:read')
