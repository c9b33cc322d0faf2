import type { Pool } from 'undici'

const parameter = 'max_samples_processed_error_threshold'

type Answer = { status: number; json: object }
type Counted = { data?: { stats?: { samples: { totalQueryableSamples: number } } } }

/**
 * Answers a query under AMP's limit of samples processed (the URL's `max_samples_processed_error_threshold`), with
 * Prometheus's own count. AMP documents that it rejects such a query with an error, but not with which one. This uses
 * 422, Prometheus's status for a query that can't be executed.
 * @returns null if the request does not set this limit.
 */
export async function answerWithinSamples(
  prometheus: Pool,
  url: URL,
  path: string,
  body: Buffer,
): Promise<Answer | null> {
  const samplesMax = url.searchParams.get(parameter)
  if (samplesMax === null) return null
  const form = new URLSearchParams([...url.searchParams, ...new URLSearchParams(body.toString())])
  const wantsStats = form.has('stats')
  form.delete(parameter)
  form.set('stats', 'all')
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const answer = await prometheus.request({ method: 'POST', path, headers, body: form.toString() })
  const json = (await answer.body.json()) as Counted
  const samples = json.data?.stats?.samples.totalQueryableSamples ?? 0
  if (samples > Number(samplesMax)) {
    const error = `query samples processed (${samples}) exceed the limit of ${samplesMax}`
    return { status: 422, json: { status: 'error', errorType: 'execution', error } }
  }
  if (!wantsStats) delete json.data?.stats
  return { status: answer.statusCode, json }
}
