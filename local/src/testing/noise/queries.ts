import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { until } from '../../process/until.ts'
import { costlyPromql, writeBody } from './bodies.ts'
import type { MakeNoise, Noise } from './noise.ts'
import { writerOf } from './writer.ts'

/** More than the tenant's limit of concurrent queries, which is 10. */
const readers = 14
/** Those that only let the gateway parse. */
const parsers = 4
const waitsMs = 500
const everySeconds = 15

/**
 * Reads series whose query computes for seconds after its timeout, and goes away before the answers. Others ask the gateway
 * to parse as much PromQL as it does, which no storage computes.
 */
export async function prepareQueries(noise: Extract<Noise, { way: 'queries' }>): Promise<MakeNoise> {
  const heavy = writeBody((into) => {
    for (let series = 0; series < 240; series++) {
      into.beginSeries(['__name__', 'noisy_heavy', 'shard_id', `${series}`])
      for (let i = 40; i > 0; i--) into.sample(i * series, Date.now() - i * everySeconds * 1_000)
      into.endSeries()
    }
  })
  const writer = writerOf(noise.writers, noise.ca, noise.writer)
  await until('the series to query are stored', async () => (await writer.send(heavy)) === 204)
  writer.close()

  const { cert, key } = noise.reader
  const agent = new Agent({
    keepAlive: true,
    ca: readFileSync(noise.ca),
    cert: readFileSync(cert),
    key: readFileSync(key),
  })
  const ask = (path: string, form: Record<string, string>): Promise<string> =>
    new Promise((resolve) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const asked = request(`${noise.readers}/api/v1/${path}`, { agent, method: 'POST', headers })
      const deadline = setTimeout(() => asked.destroy(), waitsMs)
      asked.once('error', () => resolve('gone'))
      asked.once('response', (response) => {
        response.resume()
        response.once('error', () => resolve('gone'))
        response.once('end', () => resolve(String(response.statusCode)))
      })
      asked.once('close', () => clearTimeout(deadline))
      asked.end(new URLSearchParams(form).toString())
    })
  const askHeavy = () => {
    const endSeconds = Date.now() / 1_000
    const range = { start: String(endSeconds - 600), end: String(endSeconds), step: '0.2', timeout: '2s' }
    return ask('query_range', { query: 'quantile_over_time(0.5, noisy_heavy[10m])', ...range })
  }
  const askToParse = () => ask('format_query', { query: costlyPromql })
  return async (endsMs, count) => {
    const reader = async (_: unknown, i: number) => {
      do {
        const answer = await (i < parsers ? askToParse() : askHeavy())
        count(answer)
        // A refusal comes at once. Without a pause it would be a test of TLS, not of queries. And parsers must leave the others
        // some of the queries per minute.
        if (answer === '429') await wait(i < parsers ? 1_000 : 100)
      } while (Date.now() < endsMs)
    }
    await Promise.all(Array.from({ length: parsers + readers }, reader))
    agent.destroy()
  }
}
