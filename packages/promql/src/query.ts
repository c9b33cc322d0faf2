import type { TextRange } from './lexical.ts'

/** `@ 1700000000` in seconds, `@ start()` or `@ end()`. */
export type AtModifier = number | 'start' | 'end'

/** The period that a selector or a subquery reads, relative to its evaluation time. */
export type Window = {
  /** Null for an instant selector, which reads the lookback delta. */
  rangeSeconds: number | null
  /** Positive into the past. */
  offsetSeconds: number
  at: AtModifier | null
  /** Of a subquery with a step. */
  stepSeconds?: number
}

export type Selector = {
  /** Its first matcher as written; null if it has none. */
  readonly firstMatcher: string | null
  /** The offset at which to insert a new first matcher. */
  readonly insertAt: number
  readonly braces: boolean
  readonly window: Window
  /** The subqueries around it, the innermost first. */
  readonly subqueries: readonly Window[]
}

/** A parsed query, which can be pinned and measured. */
export type Query = {
  readonly text: string
  readonly selectors: readonly Selector[]
  /** Each subquery, also one without a selector, after the subqueries around it, the outermost first. */
  readonly subqueries: readonly (readonly Window[])[]
  /** True if the query is one vector selector and nothing else, as `match[]` requires. */
  readonly isSelector: boolean
  readonly comments: readonly TextRange[]
  /** The operators of comparisons without `bool`, which drop the series for which they are false. */
  readonly filters: readonly TextRange[]
}
