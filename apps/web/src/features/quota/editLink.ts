import { isLimitName, type LimitChange, type LimitName } from '@tickwatch/policy'
import { isQueryLimit } from '../../lib/limitGroups.ts'
import { patchedSearch, sectionsPrefix, type UrlPatch } from '../../lib/urlState.ts'
import { isMetered } from './usage.ts'

/** What the URL says is edited: the limits, and their values if it is a revert. */
export type EditState = { limits: [LimitName, ...LimitName[]]; values: (number | null)[]; revertOf: number | null }

/** Closes the editor. */
export const editorClosed: UrlPatch = { edit: null, to: null, revert: null }

/** Reads `edit=a,b&to=1,2&revert=12`; null if nothing is edited. */
export function readEditState(get: (key: string) => string | null): EditState | null {
  const limits = (get('edit') ?? '').split(',').filter(isLimitName)
  const [first, ...more] = limits
  if (!first) return null
  const to = (get('to') ?? '').split(',')
  const values = limits.map((_, i) => {
    const value = Number(to[i])
    return to[i] && Number.isSafeInteger(value) ? value : null
  })
  const revert = Number(get('revert'))
  return { limits: [first, ...more], values, revertOf: Number.isSafeInteger(revert) && revert > 0 ? revert : null }
}

/** Opens the editor with the values from before a change. */
export const revertPatch = (revision: number, changes: readonly LimitChange[]): UrlPatch => ({
  edit: changes.map((c) => c.limit).join(','),
  to: changes.map((c) => c.from).join(','),
  revert: String(revision),
})

/** Opens the editor with the values of a request. */
export const askAgainPatch = (changes: readonly LimitChange[]): UrlPatch => ({
  edit: changes.map((c) => c.limit).join(','),
  to: changes.map((c) => c.to).join(','),
  revert: null,
})

/** The Quotas page of a tenant with one of its requests open. @param search of the present page, which stays */
export const requestHref = (tenantId: string, search: string, id: string) =>
  `/t/${tenantId}/quotas${patchedSearch(search, { request: id })}`

/** The Quotas page of a tenant, at a limit. */
export function limitHref(tenantId: string, limit: LimitName): string {
  if (isMetered(limit)) return `/t/${tenantId}/quotas${patchedSearch('', { limit })}`
  return sectionHref(tenantId, isQueryLimit(limit) ? 'queries' : 'limits')
}

/** The Quotas page of a tenant, at a section, unfolded. */
export const sectionHref = (tenantId: string, id: 'history' | 'limits' | 'queries') =>
  `/t/${tenantId}/quotas${patchedSearch('', { [`${sectionsPrefix}open`]: id })}#${id}`

/** The Quotas page of a tenant with its editor open, from any page. */
export const editHref = (tenantId: string, patch: UrlPatch) => `/t/${tenantId}/quotas${patchedSearch('', patch)}`
