import { readSort } from '../../components/sort.ts'

const sorts = ['id', 'name', 'createdAt', 'samplesPerSecond', 'usedRatio'] as const
export const statuses = ['all', 'active', 'suspended'] as const

/** The API input for the URL of `/tenants`. */
export function tenantListInput(get: (key: string) => string | null) {
  const sort = readSort(get('sort') ?? 'id')
  const search = get('search')
  const status = statuses.find((one) => one !== 'all' && one === get('status'))
  return {
    cursor: get('cursor'),
    pageSize: 50,
    sort: sorts.find((one) => one === sort?.by) ?? 'id',
    direction: sort?.direction ?? ('asc' as const),
    ...(search ? { search } : {}),
    ...(status && status !== 'all' ? { status } : {}),
  }
}
