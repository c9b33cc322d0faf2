import { describe, expect, it } from 'vitest'
import { hasPermission, isTenantRole, type Permission, permissions, type Role, rolesWith } from './roles.ts'

// Repeats the table on purpose: a change of a permission must be made in both places.
const everyone = ['freshness:read', 'notice:read', 'session:end', 'session:read', 'slo:read']
const tenantReads = ['incident:read', 'propagation:read', 'quota:read', 'reader:read', 'usage:read']
const platformReads = [
  'change-request:read',
  'gateway:read',
  'image:read',
  'notification:read',
  'policy:read',
  'rollout:read',
  'tenant:read',
]
const may: Record<Role, string[]> = {
  'platform-admin': [
    ...everyone,
    ...tenantReads,
    ...platformReads,
    'access:manage',
    'access:read',
    'api-token:manage',
    'api-token:read',
    'audit:read',
    'image:manage',
    'incident:manage',
    'incident:revert',
    'notification:manage',
    'policy:roll-back',
    'quota:propose',
    'reader:manage',
    'rollout:manage',
    'slo:manage',
    'tenant:manage',
  ],
  'platform-approver': [...everyone, ...tenantReads, ...platformReads, 'change-request:decide', 'incident:manage'],
  auditor: [...everyone, ...tenantReads, ...platformReads, 'access:read', 'api-token:read', 'audit:read'],
  'tenant-admin': [...everyone, ...tenantReads, 'quota:propose', 'reader:manage'],
  'tenant-viewer': [...everyone, ...tenantReads],
}
const all = Object.keys(permissions) as Permission[]
const roles = Object.keys(may) as Role[]

describe('hasPermission', () => {
  it.each(roles)('gives %s exactly the permissions of the table', (role) => {
    const held = [{ role, tenantId: isTenantRole(role) ? 'acme' : null }]
    expect(all.filter((p) => hasPermission(held, p, 'acme')).toSorted()).toEqual(may[role].toSorted())
  })

  it.each(roles.filter(isTenantRole))('gives %s no access to another tenant or to the platform', (role) => {
    const held = [{ role, tenantId: 'acme' }]
    expect(all.filter((p) => hasPermission(held, p, 'globex')).toSorted()).toEqual(everyone)
    expect(all.filter((p) => hasPermission(held, p)).toSorted()).toEqual(everyone)
  })

  it('gives nothing to a tenant role without a tenant', () => {
    expect(hasPermission([{ role: 'tenant-admin', tenantId: null }], 'quota:read')).toBe(false)
    expect(hasPermission([{ role: 'tenant-admin', tenantId: null }], 'quota:read', 'acme')).toBe(false)
  })

  it.each(roles.filter((role) => !isTenantRole(role)))(
    'gives %s access to every tenant and to the platform',
    (role) => {
      const held = [{ role, tenantId: null }]
      expect(hasPermission(held, 'quota:read', 'acme')).toBe(true)
      expect(hasPermission(held, 'gateway:read')).toBe(true)
    },
  )

  it('gives a person without a role only the permissions of everyone', () => {
    expect(all.filter((p) => hasPermission([], p, 'acme')).toSorted()).toEqual(everyone)
  })

  it('gives a person with several roles the permissions of each role', () => {
    const held = [
      { role: 'tenant-viewer', tenantId: 'acme' },
      { role: 'tenant-admin', tenantId: 'globex' },
    ] as const
    expect(hasPermission(held, 'quota:propose', 'globex')).toBe(true)
    expect(hasPermission(held, 'quota:propose', 'acme')).toBe(false)
    expect(hasPermission(held, 'quota:read', 'acme')).toBe(true)
  })

  it('lets no role both propose and decide', () => {
    expect(rolesWith('change-request:decide')).toEqual(['platform-approver'])
    expect(rolesWith('quota:propose')).not.toContain('platform-approver')
  })
})
