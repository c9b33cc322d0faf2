import { can, isPlatformPerson, type Me } from '../lib/permissions.ts'

export type NavIcon =
  | 'overview'
  | 'tenant'
  | 'quotas'
  | 'readers'
  | 'approvals'
  | 'gateways'
  | 'images'
  | 'rollouts'
  | 'tenants'
  | 'access'
  | 'notifications'
  | 'apiTokens'
  | 'audit'
  | 'slos'
  | 'incidents'
  | 'maintenance'
  | 'status'
export type NavItem = { href: string; label: string; icon: NavIcon }
export type NavGroup = { title: string | null; items: NavItem[] }

/** The tenant in a path; null on platform pages. */
export const tenantOfPath = (pathname: string): string | null => /^\/t\/([^/]+)/.exec(pathname)?.[1] ?? null

/**
 * The tenant whose pages the navigation offers: the open one; otherwise the one opened last, if this person may still
 * open it; otherwise their first.
 * @param missing a tenant that does not exist.
 */
export function offeredTenant(
  me: Me,
  pathname: string,
  lastTenantId: string | null,
  missing: string | null = null,
): string | null {
  const open = tenantOfPath(pathname)
  if (open && open !== missing && can(me, 'quota:read', open)) return open
  if (lastTenantId && can(me, 'quota:read', lastTenantId)) return lastTenantId
  return me.tenants[0]?.id ?? null
}

/** The first page of a person: the platform's overview, or that of their tenant. */
export const homeOf = (me: Me, tenantId: string | null): string =>
  isPlatformPerson(me) || !tenantId ? '/' : `/t/${tenantId}`

/** The entries that this person may open. */
export function navigationOf(me: Me, tenantId: string | null): NavGroup[] {
  const groups: NavGroup[] = [
    { title: null, items: [{ href: homeOf(me, tenantId), label: 'Overview', icon: 'overview' }] },
  ]
  if (tenantId && can(me, 'quota:read', tenantId)) {
    const items: NavItem[] = [
      { href: `/t/${tenantId}/quotas`, label: 'Quotas', icon: 'quotas' },
      { href: `/t/${tenantId}/readers`, label: 'Readers', icon: 'readers' },
    ]
    if (!can(me, 'incident:read'))
      items.push({ href: `/t/${tenantId}/incidents`, label: 'Incidents', icon: 'incidents' })
    if (isPlatformPerson(me)) items.unshift({ href: `/t/${tenantId}`, label: 'Tenant overview', icon: 'tenant' })
    groups.push({ title: 'Tenant', items })
  }
  const platform: NavItem[] = []
  if (can(me, 'change-request:read')) platform.push({ href: '/approvals', label: 'Approvals', icon: 'approvals' })
  if (can(me, 'gateway:read')) platform.push({ href: '/gateways', label: 'Gateways', icon: 'gateways' })
  if (can(me, 'image:read')) platform.push({ href: '/images', label: 'Images', icon: 'images' })
  if (can(me, 'rollout:read')) platform.push({ href: '/rollouts', label: 'Rollouts', icon: 'rollouts' })
  if (can(me, 'tenant:read')) platform.push({ href: '/tenants', label: 'Tenants', icon: 'tenants' })
  if (can(me, 'access:read')) platform.push({ href: '/access', label: 'Access', icon: 'access' })
  if (can(me, 'notification:read')) {
    platform.push({ href: '/notifications', label: 'Notifications', icon: 'notifications' })
  }
  if (can(me, 'api-token:read')) platform.push({ href: '/api-tokens', label: 'API tokens', icon: 'apiTokens' })
  if (can(me, 'audit:read')) platform.push({ href: '/audit', label: 'Audit log', icon: 'audit' })
  if (platform.length > 0) groups.push({ title: 'Platform', items: platform })
  const reliability: NavItem[] = [{ href: '/slos', label: 'SLOs', icon: 'slos' }]
  if (can(me, 'incident:read')) reliability.push({ href: '/incidents', label: 'Incidents', icon: 'incidents' })
  reliability.push({ href: '/maintenance', label: 'Maintenance windows', icon: 'maintenance' })
  reliability.push({ href: '/status', label: 'Status', icon: 'status' })
  groups.push({ title: 'Reliability', items: reliability })
  return groups
}

export type Crumb = { label: string; href: string | null }

/** The crumbs from the top to the open page. The open page has no link. */
export function crumbsOf(pathname: string): Crumb[] {
  const [first, second, third, fourth] = pathname.split('/').filter(Boolean).map(decodeURIComponent)
  if (!first) return [{ label: 'Overview', href: null }]
  if (first === 't' && second) {
    const tenant: Crumb = { label: second, href: third ? `/t/${second}` : null }
    if (third && fourth) {
      const page: Crumb = { label: pageNames[third] ?? third, href: `/t/${second}/${third}` }
      return [tenant, page, { label: fourth, href: null }]
    }
    return third
      ? [tenant, { label: pageNames[third] ?? third, href: null }]
      : [tenant, { label: 'Overview', href: null }]
  }
  const page = pageNames[first] ?? first
  if (first === 'rollouts' && second) {
    return [
      { label: page, href: '/rollouts' },
      { label: pageNames[second] ?? second, href: null },
    ]
  }
  if ((first === 'tenants' || first === 'slos') && second && third) {
    return [
      { label: page, href: `/${first}` },
      { label: second, href: first === 'slos' ? `/slos/${second}` : `/tenants?tenant=${second}` },
      { label: pageNames[third] ?? third, href: null },
    ]
  }
  return second
    ? [
        { label: page, href: `/${first}` },
        { label: second.length > 20 ? `${second.slice(0, 8)}…` : second, href: null },
      ]
    : [{ label: page, href: null }]
}

const pageNames: Record<string, string> = {
  quotas: 'Quotas',
  readers: 'Readers',
  approvals: 'Approvals',
  gateways: 'Gateways',
  images: 'Images',
  rollouts: 'Rollouts',
  freezes: 'Freeze windows',
  tenants: 'Tenants',
  envelope: 'Envelope',
  access: 'Access',
  notifications: 'Notifications',
  'api-tokens': 'API tokens',
  audit: 'Audit log',
  slos: 'SLOs',
  maintenance: 'Maintenance windows',
  new: 'New',
  edit: 'Edit',
  incidents: 'Incidents',
}

/** The path of the same page for another tenant. */
export function pathForTenant(pathname: string, tenantId: string): string {
  const rest = /^\/t\/[^/]+(\/.*)?$/.exec(pathname)?.[1] ?? ''
  return `/t/${tenantId}${rest}`
}
