import { expect, it } from 'vitest'
import { grantText, permissionsOf } from './grants.ts'

it('names a tenant role with its tenant, and a platform role without one', () => {
  expect(grantText({ role: 'tenant-admin', tenantId: 'acme' })).toBe('tenant admin of acme')
  expect(grantText({ role: 'auditor', tenantId: null })).toBe('auditor')
})

it('lists only reading permissions for a viewer', () => {
  expect(permissionsOf('tenant-viewer')).toEqual([
    'quota:read',
    'usage:read',
    'reader:read',
    'propagation:read',
    'incident:read',
  ])
})
