import { type HeldRole, hasPermission, isTenantRole } from '@tickwatch/policy'
import { type Definition, groupKey } from '@tickwatch/slo'
import { notFound } from '../../shared/errors.ts'
import { databaseAway } from './slo.errors.ts'

/** Whose data a person may see, from their roles. */
export type Viewer = {
  isPlatform: boolean
  tenantIds: ReadonlySet<string>
  /** Postgres did not answer, so that a person with roles counts as a guest. */
  rolesUnknown?: boolean
}

export const platformPerson: Viewer = { isPlatform: true, tenantIds: new Set() }

export const viewerOf = (held: readonly HeldRole[]): Viewer => ({
  isPlatform: hasPermission(held, 'tenant:read'),
  tenantIds: new Set(
    held.flatMap(({ role, tenantId }) =>
      isTenantRole(role) && tenantId !== null && hasPermission(held, 'usage:read', tenantId) ? [tenantId] : [],
    ),
  ),
})

/** The label by which the platform's metrics name a tenant. */
export const tenantLabel = 'tenant_id'

/** Everyone sees the SLOs of the platform, except one whose selectors name a tenant: that is for the platform team. */
export const maySeeSlo = (viewer: Viewer, { sli }: Pick<Definition, 'sli'>): boolean =>
  viewer.isPlatform || !JSON.stringify(sli).includes(tenantLabel)

/** A group is seen by the platform team and by the tenant that it is about. An SLO without groups has one without labels. */
export function maySeeGroup(viewer: Viewer, labels: Readonly<Record<string, string>>): boolean {
  if (viewer.isPlatform || Object.keys(labels).length === 0) return true
  const about = labels[tenantLabel]
  return about !== undefined && viewer.tenantIds.has(about)
}

/**
 * The labels of the group with this key; null for all events together.
 * @throws DomainError not found, also for a group that the person may not see; unavailable if that is unknown
 */
export function labelsOf(
  viewer: Viewer,
  { groupBy }: Pick<Definition, 'groupBy'>,
  key: string | null,
): Record<string, string> | null {
  if (key === null) return groupBy.length === 0 ? {} : null
  const labels = readGroupKey(key)
  const isOwn = labels !== null && Object.keys(labels).every((name) => groupBy.includes(name))
  if (!isOwn || !maySeeGroup(viewer, labels)) throw viewer.rolesUnknown ? databaseAway() : notFound('group')
  return labels
}

function readGroupKey(key: string): Record<string, string> | null {
  try {
    const labels = Object.fromEntries(JSON.parse(key) as [string, string][])
    return groupKey(labels) === key && Object.values(labels).every((value) => typeof value === 'string') ? labels : null
  } catch {
    return null
  }
}
