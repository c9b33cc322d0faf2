import { secondsOf } from '@tickwatch/promql'
import { invalid } from './queryRefused.ts'
import type { QueryRoute } from './queryRoute.ts'

/**
 * The parameters of a reader's request. Times are Unix time in seconds. Null means that the request does not set it.
 */
export type QueryParameters = {
  query: string | null
  matches: string[]
  timeSeconds: number | null
  startSeconds: number | null
  endSeconds: number | null
  stepSeconds: number | null
  timeoutSeconds: number | null
  limit: string | null
  stats: string | null
  /** Of the query and the matches, in UTF-8. */
  promqlBytes: number
}

/** The longest PromQL in one request. The worst takes about 1 ms per kilobyte each time that it is parsed. */
export const promqlBytesMax = 16_384
/** Each one is parsed, so thousands of short ones would take much longer than one query of the same size. */
const matchesMax = 100
/** A request with more is not read. Prometheus knows nine. */
const parametersMax = 2 * matchesMax

/**
 * Reads the parameters that the route knows. Times and durations are parsed here and formatted again for AMP, so that
 * both sides understand the same value. If a parameter comes twice, the first one counts and the form's comes before
 * the URL's, as in Prometheus: Grafana puts a data source's own parameters into the URL.
 * @param search of the URL @param form of the body
 * @throws QueryRefused for a parameter that is malformed, and for too much PromQL.
 */
export function readParameters(
  { parameters }: Pick<QueryRoute, 'parameters'>,
  search: string,
  form: string,
): QueryParameters {
  if (form.split('&', parametersMax + 1).length + search.split('&', parametersMax + 1).length > parametersMax) {
    throw invalid(`the request has more than ${parametersMax} parameters`)
  }
  const given = [...new URLSearchParams(form), ...new URLSearchParams(search)]
  const values = new Map<string, string>()
  const matches: string[] = []
  for (const [name, value] of given) {
    if (!(parameters as ReadonlySet<string>).has(name)) continue
    if (name === 'match[]') matches.push(value)
    else if (!values.has(name)) values.set(name, value)
  }
  const promqlBytes = [values.get('query') ?? '', ...matches].reduce((sum, text) => sum + Buffer.byteLength(text), 0)
  if (promqlBytes > promqlBytesMax) throw invalid(`the query has more than ${promqlBytesMax} bytes`, 413)
  if (matches.length > matchesMax) throw invalid(`the request has more than ${matchesMax} parameters match[]`)
  const read = <T>(name: string, as: (text: string) => T | null): T | null => {
    const text = values.get(name)
    if (text === undefined || text === '') return null
    const value = as(text)
    if (value === null) throw invalid(`the parameter ${name} is malformed: ${text}`)
    return value
  }
  return {
    query: values.get('query') || null,
    matches,
    timeSeconds: read('time', timeOf),
    startSeconds: read('start', timeOf),
    endSeconds: read('end', timeOf),
    stepSeconds: read('step', positiveSeconds),
    timeoutSeconds: read('timeout', positiveSeconds),
    limit: read('limit', (text) => (/^\d{1,9}$/.test(text) ? text : null)),
    stats: read('stats', (text) => (/^\w{1,16}$/.test(text) ? text : null)),
    promqlBytes,
  }
}

const unixTime = /^-?\d{1,12}(\.\d+)?(e[+-]?\d{1,2})?$/i
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/i
/** The end of the year 9999. */
const secondsMax = 253_402_300_799

function timeOf(text: string): number | null {
  const seconds = unixTime.test(text) ? Number(text) : rfc3339.test(text) ? Date.parse(text) / 1_000 : Number.NaN
  return Math.abs(seconds) <= secondsMax ? seconds : null
}

function positiveSeconds(text: string): number | null {
  const seconds = secondsOf(text)
  return seconds !== null && seconds > 0 ? seconds : null
}
