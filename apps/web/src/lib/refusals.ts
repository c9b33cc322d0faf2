import {
  type LimitName,
  limitDefinitions,
  limitOfQueryReason,
  limitOfReason,
  type QueryRefusalReason,
  queryRefusalReasons,
  type RefusalReason,
  refusalReasons,
  refusedThings,
} from '@tickwatch/policy'

/** What is refused now for one reason, in its {@link refusedUnit}. */
export type RefusedNow = { reason: RefusalReason; samplesPerSecond: number }
export type RefusedQueriesNow = { reason: QueryRefusalReason; queriesPerSecond: number }

/** The unit of a refusal reason. */
export const refusedUnit = (reason: RefusalReason) => `${refusedThings(reason)}/s`

/** The limit or the rule that refuses, in a few words: `active series`; `a label that the schema does not allow`. */
export const refuser = (reason: RefusalReason): string => inWords(limitOfReason[reason], refusalReasons[reason])
export const queryRefuser = (reason: QueryRefusalReason): string =>
  inWords(limitOfQueryReason[reason], queryRefusalReasons[reason])

function inWords(limit: LimitName | null, otherwise: string): string {
  const words = limit ? limitDefinitions[limit].title : otherwise
  return words.charAt(0).toLowerCase() + words.slice(1)
}

/** The different limits and rules that refuse now, the highest rate first: `active series, burst`. */
export const refusers = (refused: readonly RefusedNow[]): string =>
  [...new Set(refused.map(({ reason }) => refuser(reason)))].join(', ')
