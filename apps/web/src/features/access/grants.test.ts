import { expect, it } from 'vitest'
import { grantText, permissionsOf } from './grants.ts'

it('names a role with its tenant, and a platform role alone', () => {
  expect(grantText({ role: 'tenant-admin', tenantId: 'acme' })).toBe('tenant admin of acme')
  expect(grantText({ role: 'auditor', tenantId: null })).toBe('auditor')
})

it('promises a viewer nothing that changes anything', () => {
  expect(permissionsOf('tenant-viewer')).toEqual(['quota:read', 'usage:read', 'reader:read', 'propagation:read'])
})
