import { PromqlError, parseQuery, pinLabel } from '@tickwatch/promql'

/** A series selector with a metric name: `name{matchers}`. */
export type Selector = { name: string; matchers: string }

/** Why a text can't be used as PromQL here, as a sentence. */
export class PromqlFault extends Error {
  override readonly name = 'PromqlFault'
}

/**
 * Parses one series selector, such as `requests_total{code=~"5.."}`.
 * @throws PromqlFault for anything else. It must begin with the name of one metric, because the events of two metrics
 * can't be subtracted series by series.
 */
export function readSelector(text: string): Selector {
  const query = parsed(text)
  if (!query.isSelector) {
    throw new PromqlFault(
      'Enter one series selector and nothing else, such as requests_total{code=~"5.."}, without a range or function.',
    )
  }
  if (query.comments.length > 0) throw new PromqlFault('Remove the comment from the selector.')
  const trimmed = query.text.trim()
  const [, name = ''] = /^([a-zA-Z_:][a-zA-Z0-9_:]*)/.exec(trimmed) ?? []
  const [selector] = query.selectors
  if (name === '' || !selector) throw new PromqlFault('Begin the selector with the name of one metric.')
  const matchers = selector.braces
    ? query.text.slice(selector.insertAt, query.text.lastIndexOf('}')).trim().replace(/,$/, '').trim()
    : ''
  if (/(^|,)\s*__name__\s*[=!]/.test(matchers))
    throw new PromqlFault('Name the metric once: remove __name__ from the braces.')
  return { name, matchers }
}

/**
 * Parses the expression of a condition.
 * @throws PromqlFault also for a comparison without `bool`: it drops a series for which it is false, and then a failure
 * would look as if there were no data.
 */
export function checkCondition(text: string): void {
  const query = parsed(text)
  const [filter] = query.filters
  if (filter) {
    const operator = query.text.slice(filter.from, filter.to)
    throw new PromqlFault(
      `Write ${operator} bool instead of ${operator}: without bool the series disappears when the condition fails, and that would look like missing data.`,
    )
  }
  if (query.selectors.length === 0) throw new PromqlFault('The condition reads no series.')
}

function parsed(text: string) {
  // The rules indent the lines of a query, and must not change a string that has several.
  if (/[\r\n]/.test(text) && text.includes('`'))
    throw new PromqlFault('Write strings in double quotes, or all on one line.')
  try {
    return parseQuery(text)
  } catch (cause) {
    if (cause instanceof PromqlError) throw new PromqlFault(`${cause.message}.`, { cause })
    throw cause
  }
}

/** The selector as PromQL, of one tenant's series only. */
export const ofTenant = ({ name, matchers }: Selector, tenant: string): string =>
  pinLabel(parseQuery(matchers === '' ? name : `${name}{${matchers}}`), 'tenant', tenant)

/** A condition that reads one tenant's series only, without comments. */
export const conditionOfTenant = (promql: string, tenant: string): string =>
  pinLabel(parseQuery(promql), 'tenant', tenant).trim()

/** The same selector of another metric, with one more matcher. */
export const renamed = ({ name, matchers }: Selector, suffix: string, matcher = ''): Selector => ({
  name: `${name}${suffix}`,
  matchers: [matcher, matchers].filter((part) => part !== '').join(','),
})
