import { describe, expect, it } from 'vitest'
import type { Me } from '../lib/permissions.ts'
import { crumbsOf, homeOf, navigationOf, offeredTenant, pathForTenant } from './navigation.ts'

const person = (roles: Me['roles'], tenants: string[] = []): Me => ({
  subject: 's',
  name: 'Ada',
  email: null,
  unverifiedEmail: null,
  groupsLeftOut: false,
  roles,
  rolesUnknown: false,
  platformPermissions: [],
  tenants: tenants.map((id) => ({ id, name: id, status: 'active', permissions: [] })),
})
const viewer = person([{ role: 'tenant-viewer', tenantId: 'acme' }], ['acme'])
const approver = person([{ role: 'platform-approver', tenantId: null }], ['acme', 'globex'])
const guest = person([])
const labels = (me: Me, tenantId: string | null) =>
  navigationOf(me, tenantId).flatMap((g) => g.items.map((i) => i.label))

describe('the navigation', () => {
  it('shows people of a tenant their tenant and no platform pages', () => {
    expect(labels(viewer, 'acme')).toEqual([
      'Overview',
      'Quotas',
      'Readers',
      'Incidents',
      'SLOs',
      'Maintenance windows',
      'Status',
    ])
    expect(homeOf(viewer, 'acme')).toBe('/t/acme')
  })

  it('shows an approver the platform pages, except access and audit, which need other roles', () => {
    expect(labels(approver, 'acme')).toEqual([
      'Overview',
      'Tenant overview',
      'Quotas',
      'Readers',
      'Approvals',
      'Gateways',
      'Images',
      'Rollouts',
      'Tenants',
      'Notifications',
      'SLOs',
      'Incidents',
      'Maintenance windows',
      'Status',
    ])
    expect(homeOf(approver, 'acme')).toBe('/')
  })

  it('shows a person without a role only the overview, the SLOs, their maintenance windows and the status', () => {
    expect(labels(guest, null)).toEqual(['Overview', 'SLOs', 'Maintenance windows', 'Status'])
    expect(offeredTenant(guest, '/', 'acme')).toBeNull()
  })

  it('still offers the tenant that was opened last', () => {
    expect(offeredTenant(approver, '/gateways', 'globex')).toBe('globex')
    expect(offeredTenant(approver, '/t/acme/quotas', 'globex')).toBe('acme')
    expect(offeredTenant(viewer, '/', 'globex')).toBe('acme')
    expect(offeredTenant(viewer, '/t/globex/quotas', null)).toBe('acme')
  })

  it('does not offer a tenant that does not exist, even to people who may open any tenant', () => {
    expect(offeredTenant(approver, '/t/nobody', 'globex', 'nobody')).toBe('globex')
    expect(offeredTenant(approver, '/t/acme', 'globex', 'nobody')).toBe('acme')
  })

  it('keeps the page when the tenant changes', () => {
    expect(pathForTenant('/t/acme/quotas', 'globex')).toBe('/t/globex/quotas')
    expect(pathForTenant('/gateways', 'globex')).toBe('/t/globex')
  })
})

it('shows the path to a page', () => {
  expect(crumbsOf('/')).toEqual([{ label: 'Overview', href: null }])
  expect(crumbsOf('/t/acme/quotas')).toEqual([
    { label: 'acme', href: '/t/acme' },
    { label: 'Quotas', href: null },
  ])
  expect(crumbsOf('/t/acme/incidents/7')).toEqual([
    { label: 'acme', href: '/t/acme' },
    { label: 'Incidents', href: '/t/acme/incidents' },
    { label: '7', href: null },
  ])
  expect(crumbsOf('/approvals/0f8fad5b-d9cb-469f-a165-70867728950e')).toEqual([
    { label: 'Approvals', href: '/approvals' },
    { label: '0f8fad5b…', href: null },
  ])
  expect(crumbsOf('/rollouts/freezes')).toEqual([
    { label: 'Rollouts', href: '/rollouts' },
    { label: 'Freeze windows', href: null },
  ])
  expect(crumbsOf('/tenants/acme/envelope')).toEqual([
    { label: 'Tenants', href: '/tenants' },
    { label: 'acme', href: '/tenants?tenant=acme' },
    { label: 'Envelope', href: null },
  ])
  expect(crumbsOf('/slos/freshness/edit')).toEqual([
    { label: 'SLOs', href: '/slos' },
    { label: 'freshness', href: '/slos/freshness' },
    { label: 'Edit', href: null },
  ])
})
