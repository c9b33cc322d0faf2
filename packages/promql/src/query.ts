import type { Stretch } from './lexical.ts'

/** `@ 1700000000` in seconds, `@ start()` or `@ end()`. */
export type AtModifier = number | 'start' | 'end'

/** Where a selector or a subquery looks, seen from where it is evaluated. */
export type Window = {
  /** Null for an instant selector, which looks back by the lookback delta. */
  rangeSeconds: number | null
  /** Positive into the past. */
  offsetSeconds: number
  at: AtModifier | null
}

export type Selector = {
  /** Its first matcher as written; null when it has none. */
  readonly firstMatcher: string | null
  /** Where a matcher goes that becomes the first. */
  readonly insertAt: number
  readonly braces: boolean
  readonly window: Window
  /** The subqueries around it, the innermost first. */
  readonly subqueries: readonly Window[]
}

/** A query read once, to be pinned and measured. */
export type Query = {
  readonly text: string
  readonly selectors: readonly Selector[]
  /** The query is nothing but one vector selector: what `match[]` may be. */
  readonly isSelector: boolean
  readonly comments: readonly Stretch[]
}
