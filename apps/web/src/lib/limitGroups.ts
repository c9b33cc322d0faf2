import { type LimitName, limitNames } from '@tickwatch/policy'

/** Limits on what readers ask; all others are on what is written. */
export const isQueryLimit = (limit: LimitName): boolean => limit.startsWith('query.')

/** All limits in the order of the policy, those of writing first: fifteen in one list are too many to look through. */
export const limitGroups: readonly { title: string; limits: readonly LimitName[] }[] = [
  { title: 'Writing', limits: limitNames.filter((limit) => !isQueryLimit(limit)) },
  { title: 'Querying', limits: limitNames.filter(isQueryLimit) },
]
