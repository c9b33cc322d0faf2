import { hasPermission, type Permission } from '@tickwatch/policy'
import type { Outputs } from './trpc/client.ts'

/** Who is signed in, and what they may do. */
export type Me = Outputs['access']['me']

/** Whether someone has a permission, for `tenantId` where the matter is a tenant's. */
export const can = (me: Me, permission: Permission, tenantId?: string): boolean =>
  hasPermission(me.roles, permission, tenantId)

/** A platform role reaches every tenant; a tenant role only its own. */
export const isPlatformPerson = (me: Me): boolean => can(me, 'tenant:read')
