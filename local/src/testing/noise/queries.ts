import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { setTimeout as wait } from 'node:timers/promises'
import { until } from '../../process/until.ts'
import type { MakeNoise, Noise } from './noise.ts'
import { writeBody, writerOf } from './writer.ts'

/** More than the tenant's limit of concurrent queries, which is 10. */
const readers = 14
const waitsMs = 500
const everySeconds = 15

/** Reads series whose query computes for seconds after its timeout, and goes away before the answers. */
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
  const ask = (): Promise<string> =>
    new Promise((resolve) => {
      const endSeconds = Date.now() / 1_000
      const query = 'quantile_over_time(0.5, noisy_heavy[10m])'
      const range = { start: String(endSeconds - 600), end: String(endSeconds), step: '0.2', timeout: '2s' }
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const asked = request(`${noise.readers}/api/v1/query_range`, { agent, method: 'POST', headers })
      const deadline = setTimeout(() => asked.destroy(), waitsMs)
      asked.once('error', () => resolve('gone'))
      asked.once('response', (response) => {
        response.resume()
        response.once('error', () => resolve('gone'))
        response.once('end', () => resolve(String(response.statusCode)))
      })
      asked.once('close', () => clearTimeout(deadline))
      asked.end(new URLSearchParams({ query, ...range }).toString())
    })
  return async (endsMs, count) => {
    const reader = async () => {
      while (Date.now() < endsMs) {
        const answer = await ask()
        count(answer)
        // A refusal comes at once. Without a pause it would be a test of TLS, not of queries.
        if (answer === '429') await wait(100)
      }
    }
    await Promise.all(Array.from({ length: readers }, reader))
    agent.destroy()
  }
}
