import type { Pool } from 'undici'

const parameter = 'max_samples_processed_error_threshold'

/** What Prometheus answered, or why it may not. */
type Answer = { status: number; body: Buffer | object }

/** The evaluations of the query that tell how many samples all of them process. */
const probes = 10

/**
 * Answers a query under AMP's limit of samples processed (the URL's `max_samples_processed_error_threshold`), with
 * Prometheus's own count. AMP documents that it rejects such a query with an error, but not with which one. This uses
 * 422, Prometheus's status for a query that can't be executed.
 *
 * AMP stops a query at the limit, but Prometheus counts only when it is ready. So a range query is first evaluated at a
 * few of its times: one that would process more than twice the limit is refused without computing all of it.
 * @returns null if the request does not set this limit.
 */
export async function answerWithinSamples(
  prometheus: Pool,
  url: URL,
  path: string,
  body: Buffer,
  signal: AbortSignal,
): Promise<Answer | null> {
  const limit = url.searchParams.get(parameter)
  if (limit === null) return null
  const samplesMax = Number(limit)
  const asked = new URLSearchParams([...url.searchParams, ...new URLSearchParams(body.toString())])
  asked.delete(parameter)
  const count = async (changes: Record<string, string>) => {
    const form = new URLSearchParams([...asked].filter(([name]) => !(name in changes)))
    for (const [name, value] of Object.entries(changes)) form.set(name, value)
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const answer = await prometheus.request({ method: 'POST', path, headers, body: form.toString(), signal })
    return { status: answer.statusCode, ...splitStats(Buffer.from(await answer.body.arrayBuffer())) }
  }

  const seconds = Number(asked.get('end')) - Number(asked.get('start'))
  const steps = path.endsWith('/query_range') ? seconds / Number(asked.get('step')) : 0
  if (steps > 10 * probes) {
    const { samples } = await count({ step: `${seconds / probes}`, stats: 'all' })
    const expected = Math.round((samples / (probes + 1)) * (steps + 1))
    if (expected > 2 * samplesMax) return refused(expected, samplesMax)
  }
  const { status, samples, withStats, withoutStats } = await count({ stats: 'all' })
  if (samples > samplesMax) return refused(samples, samplesMax)
  return { status, body: asked.has('stats') ? withStats : withoutStats }
}

/**
 * Reads the count of samples at the end of Prometheus's answer. The rest is not parsed: an answer may have 20 MB, and all
 * queries and writes of the platform share this process.
 */
function splitStats(answer: Buffer) {
  const start = answer.lastIndexOf(',"stats":{')
  // Behind the statistics come only the end of `data`, and perhaps warnings.
  const found =
    start < 0 ? null : /^,"stats":(\{.*?\})\}(?:,"warnings":.*)?\}\s*$/s.exec(answer.toString('utf8', start))
  const stats = found?.[1]
  if (stats === undefined) return { samples: 0, withStats: answer, withoutStats: answer }
  const { samples } = JSON.parse(stats) as { samples: { totalQueryableSamples: number } }
  const rest = answer.subarray(start + ',"stats":'.length + Buffer.byteLength(stats))
  return {
    samples: samples.totalQueryableSamples,
    withStats: answer,
    withoutStats: Buffer.concat([answer.subarray(0, start), rest]),
  }
}

function refused(samples: number, samplesMax: number): Answer {
  const error = `query samples processed (${samples}) exceed the limit of ${samplesMax}`
  return { status: 422, body: { status: 'error', errorType: 'execution', error } }
}
