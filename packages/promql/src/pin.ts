import { PromqlSyntaxError } from './errors.ts'
import { parseQuery, readQuery } from './parse.ts'
import type { Query, Selector } from './query.ts'

/**
 * The query with the matcher `label="value"` in each vector selector, in addition to what is there; a matcher of the
 * same label that the query brings narrows it further. Comments are left out: they are nothing to Prometheus, and
 * nothing hides in them. The result is read again, so that nothing leaves here unpinned, whatever the edit did.
 * @throws RangeError on a label or value that can't pin: an empty value would match the series that lack the label.
 */
export function pinLabel(query: Query, label: string, value: string): string {
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
  assertPinned(pinned, query, matcher)
  return pinned
}

/**
 * {@link pinLabel} for a `match[]` parameter.
 * @throws PromqlSyntaxError on anything but one vector selector.
 */
export function pinSelector(selector: string, label: string, value: string): string {
  const query = parseQuery(selector)
  if (!query.isSelector) throw new PromqlSyntaxError('This is not one series selector and nothing else', selector, 0)
  return pinLabel(query, label, value)
}

function put({ braces, firstMatcher }: Selector, matcher: string): string {
  if (!braces) return `{${matcher}}`
  return firstMatcher === null ? matcher : `${matcher},`
}

function matcherOf(label: string, value: string): string {
  if (!/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label)) throw new RangeError(`${JSON.stringify(label)} is no label name`)
  if (value === '' || !value.isWellFormed()) throw new RangeError(`${JSON.stringify(value)} can't pin ${label}`)
  // JSON's escapes are a part of PromQL's; U+FFFD stands for broken UTF-8 in its lexer and is escaped too.
  return `${label}=${JSON.stringify(value).replaceAll('\uFFFD', '\\ufffd')}`
}

function assertPinned(pinned: string, query: Query, matcher: string) {
  const { selectors, comments } = readQuery(pinned)
  const every = selectors.every(({ firstMatcher }) => firstMatcher === matcher)
  if (!every || selectors.length !== query.selectors.length || comments.length > 0) {
    throw new Error(`pinning ${matcher} left a selector without it: ${query.text}`)
  }
}
