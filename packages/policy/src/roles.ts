/** Roles that a grant gives to a person or a group. A tenant role applies only to the tenant of its grant. */
export const platformRoles = ['platform-admin', 'platform-approver', 'auditor'] as const
export const tenantRoles = ['tenant-admin', 'tenant-viewer'] as const
export type PlatformRole = (typeof platformRoles)[number]
export type TenantRole = (typeof tenantRoles)[number]
export type Role = PlatformRole | TenantRole

export const isTenantRole = (role: string): role is TenantRole => (tenantRoles as readonly string[]).includes(role)

/** The roles that have each permission. `*` is everyone who is signed in. */
export const permissions = {
  'session:read': ['*'],
  'session:end': ['*'],
  'freshness:read': ['*'],
  'slo:read': ['*'],
  'quota:read': ['tenant-admin', 'tenant-viewer', 'platform-admin', 'platform-approver', 'auditor'],
  'quota:propose': ['tenant-admin', 'platform-admin'],
  'usage:read': ['tenant-admin', 'tenant-viewer', 'platform-admin', 'platform-approver', 'auditor'],
  'reader:read': ['tenant-admin', 'tenant-viewer', 'platform-admin', 'platform-approver', 'auditor'],
  'reader:manage': ['tenant-admin', 'platform-admin'],
  'change-request:read': ['platform-admin', 'platform-approver', 'auditor'],
  'change-request:decide': ['platform-approver'],
  'policy:read': ['platform-admin', 'platform-approver', 'auditor'],
  'policy:roll-back': ['platform-admin'],
  'propagation:read': ['tenant-admin', 'tenant-viewer', 'platform-admin', 'platform-approver', 'auditor'],
  'gateway:read': ['platform-admin', 'platform-approver', 'auditor'],
  'tenant:read': ['platform-admin', 'platform-approver', 'auditor'],
  'tenant:manage': ['platform-admin'],
  'access:read': ['platform-admin', 'auditor'],
  'access:manage': ['platform-admin'],
  'notification:read': ['platform-admin', 'platform-approver', 'auditor'],
  'notification:manage': ['platform-admin'],
  'notice:read': ['*'],
  'api-token:read': ['platform-admin', 'auditor'],
  'api-token:manage': ['platform-admin'],
  'image:read': ['platform-admin', 'platform-approver', 'auditor'],
  'image:manage': ['platform-admin'],
  'rollout:read': ['platform-admin', 'platform-approver', 'auditor'],
  'rollout:manage': ['platform-admin'],
  'incident:read': ['tenant-admin', 'tenant-viewer', 'platform-admin', 'platform-approver', 'auditor'],
  'incident:manage': ['platform-admin', 'platform-approver'],
  'incident:revert': ['platform-admin'],
  'audit:read': ['platform-admin', 'auditor'],
  'slo:manage': ['platform-admin'],
} as const satisfies Record<string, readonly (Role | '*')[]>

export type Permission = keyof typeof permissions

/** A role of a person, for one tenant (tenant roles) or for the whole platform (`tenantId` null). */
export type HeldRole = { role: Role; tenantId: string | null }

/**
 * Whether a person with these roles has the permission, for `tenantId` if the permission concerns one tenant.
 * A platform role applies to every tenant, a tenant role only to its own.
 */
export function hasPermission(held: readonly HeldRole[], permission: Permission, tenantId?: string): boolean {
  const allowed: readonly string[] = permissions[permission]
  if (allowed.includes('*')) return true
  return held.some(
    (h) => allowed.includes(h.role) && (isTenantRole(h.role) ? h.tenantId !== null && h.tenantId === tenantId : true),
  )
}

/** The roles that have a permission, for sentences like "You need the role platform-approver". */
export const rolesWith = (permission: Permission): readonly (Role | '*')[] => permissions[permission]
