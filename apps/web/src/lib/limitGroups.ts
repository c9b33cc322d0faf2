import { type LimitName, limitNames } from '@tickwatch/policy'

/** True for limits on queries. All other limits are on writing. */
export const isQueryLimit = (limit: LimitName): boolean => limit.startsWith('query.')

/**
 * All limits in the order of the policy, writing first. They are grouped because one list of all is hard to scan.
 */
export const limitGroups: readonly { title: string; limits: readonly LimitName[] }[] = [
  { title: 'Writing', limits: limitNames.filter((limit) => !isQueryLimit(limit)) },
  { title: 'Querying', limits: limitNames.filter(isQueryLimit) },
]
