import { AwsUnavailable } from './errors.ts'

/**
 * One series of a query's answer. Points are [seconds since the epoch, value], ordered by time; null for NaN and ±Inf.
 */
export type Series = { labels: Record<string, string>; points: [number, number | null][] }

type Sample = [number, string]
type Answer = {
  data?:
    | { resultType: 'matrix'; result: { metric: Record<string, string>; values?: Sample[] }[] }
    | { resultType: 'vector'; result: { metric: Record<string, string>; value?: Sample }[] }
    | { resultType: 'scalar'; result: Sample }
    | { resultType: 'string'; result: Sample }
}

/**
 * Parses the answer of Prometheus's `query` and `query_range`. A series of native histograms has no points: query it
 * with `histogram_quantile` or similar functions.
 * @throws AwsUnavailable for any other text, such as a proxy's error page.
 */
export function parseAnswer(text: string): Series[] {
  const data = parse(text)?.data
  switch (data?.resultType) {
    case 'matrix':
      return data.result.map(({ metric, values }) => ({ labels: metric, points: (values ?? []).map(point) }))
    case 'vector':
      return data.result.map(({ metric, value }) => ({ labels: metric, points: value ? [point(value)] : [] }))
    case 'scalar':
      return [{ labels: {}, points: [point(data.result)] }]
    default:
      throw new AwsUnavailable(`AMP answered a query without a result: ${text.slice(0, 200)}`)
  }
}

/**
 * Parses the answer of Prometheus's `labels` and `label/<name>/values`.
 * @throws AwsUnavailable for any other text.
 */
export function parseNames(text: string): string[] {
  const data: unknown = Object(parse(text)).data
  if (Array.isArray(data) && data.every((name) => typeof name === 'string')) return data
  throw new AwsUnavailable(`AMP answered a query for names without a list: ${text.slice(0, 200)}`)
}

function parse(text: string): Answer | null {
  try {
    return JSON.parse(text) as Answer | null
  } catch (cause) {
    throw new AwsUnavailable(`AMP answered a query without JSON: ${text.slice(0, 200)}`, { cause })
  }
}

const point = ([seconds, value]: Sample): [number, number | null] => {
  const number = Number(value)
  return [seconds, Number.isFinite(number) ? number : null]
}
