import { PromqlSyntaxError } from './errors.ts'
import { parseQuerySliced, readQuery } from './parse.ts'
import type { Query, Selector } from './query.ts'
import { atOnce, type Sliced } from './slices.ts'

/**
 * Adds the matcher `label="value"` to each vector selector of the query. If the query has its own matcher for the
 * label, both apply. Comments are removed, so that nothing can hide in them. The result is parsed again: it throws
 * rather than return a query with a selector that is not pinned.
 * @throws RangeError for a label or value that can't pin: an empty value would match series without the label.
 */
export const pinLabel = (query: Query, label: string, value: string): string =>
  atOnce(pinLabelSliced(query, label, value))

/** The same in slices. */
export function* pinLabelSliced(query: Query, label: string, value: string): Sliced<string> {
  const matcher = matcherOf(label, value)
  const edits = [
    ...query.selectors.map((selector) => ({
      at: selector.insertAt,
      to: selector.insertAt,
      put: put(selector, matcher),
    })),
    ...query.comments.map(({ from, to }) => ({ at: from, to, put: '' })),
  ].sort((a, b) => a.at - b.at || a.to - b.to)
  let pinned = ''
  let readTo = 0
  for (const { at, to, put } of edits) {
    pinned += query.text.slice(readTo, at) + put
    readTo = to
  }
  pinned += query.text.slice(readTo)
  yield* assertPinned(pinned, query, matcher)
  return pinned
}

/**
 * {@link pinLabel} for a `match[]` parameter.
 * @throws PromqlSyntaxError for anything but one vector selector.
 */
export const pinSelector = (selector: string, label: string, value: string): string =>
  atOnce(pinSelectorSliced(selector, label, value))

/** The same in slices. */
export function* pinSelectorSliced(selector: string, label: string, value: string): Sliced<string> {
  const query = yield* parseQuerySliced(selector)
  if (!query.isSelector) throw new PromqlSyntaxError('This must be one series selector and nothing else', selector, 0)
  return yield* pinLabelSliced(query, label, value)
}

function put({ braces, firstMatcher }: Selector, matcher: string): string {
  if (!braces) return `{${matcher}}`
  return firstMatcher === null ? matcher : `${matcher},`
}

function matcherOf(label: string, value: string): string {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)) throw new RangeError(`${JSON.stringify(label)} is not a label name`)
  if (value === '' || !value.isWellFormed()) throw new RangeError(`${JSON.stringify(value)} can't pin ${label}`)
  // PromQL accepts all of JSON's escapes. U+FFFD means broken UTF-8 to its lexer, so it is escaped too.
  return `${label}=${JSON.stringify(value).replaceAll('\uFFFD', '\\ufffd')}`
}

function* assertPinned(pinned: string, query: Query, matcher: string): Sliced<void> {
  const { selectors, comments } = yield* readQuery(pinned)
  const every = selectors.every(({ firstMatcher }) => firstMatcher === matcher)
  if (!every || selectors.length !== query.selectors.length || comments.length > 0) {
    throw new Error(`pinning ${matcher} left a selector without it: ${query.text}`)
  }
}
