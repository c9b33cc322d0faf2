import { signedIn } from '../signedIn.ts'
import type { MakeNoise, Noise } from './noise.ts'

const atOnce = 20
/** More than one person may have open. */
const liveViews = 20
const daySeconds = 86_400

type Call = [procedure: string, input?: object]

/** The calls of one HTTP request, as the portal's client sends them. */
function urlOf(calls: readonly Call[]): string {
  const input = Object.fromEntries(calls.flatMap(([, each], i) => (each ? [[i, each]] : [])))
  return `${calls.map(([name]) => name).join(',')}?batch=1&input=${encodeURIComponent(JSON.stringify(input))}`
}

/** What costs most, as much of it as one request may hold. `usage.*` count as 5 calls, and 20 are the most. */
function costly(round: number): Call[] {
  const to = new Date()
  const range = { from: new Date(to.getTime() - 30 * daySeconds * 1_000).toISOString(), to: to.toISOString() }
  const limits = ['ingest.samplesPerSecond', 'series.activeMax', 'ingest.requestsPerSecond']
  const limit = limits[round % limits.length]
  const kinds: Call[][] = [
    Array.from({ length: 4 }, (_, i) => ['usage.history', { limit: limits[i % limits.length], ...range }]),
    Array.from({ length: 4 }, (_, i) => ['usage.preview', { limit, value: 100 + i, hours: 100 + (round % 68) }]),
    Array.from({ length: 4 }, () => ['usage.now']),
    Array.from({ length: 20 }, (_, i): Call => (i % 2 === 0 ? ['quota.current'] : ['quota.history', {}])),
  ]
  return kinds[round % kinds.length] as Call[]
}

/** Opens pages and live views and sends batches as a person of the tenant, many at once. */
export async function preparePortalCalls(noise: Extract<Noise, { way: 'portal' }>): Promise<MakeNoise> {
  const visit = await signedIn(noise.url, noise.email)
  return async (endsMs, count) => {
    let round = 0
    const end = AbortSignal.timeout(Math.max(0, endsMs - Date.now()))
    const live = async () => {
      const headers = { accept: 'text/event-stream' }
      const stream = await visit(`${noise.url}/api/trpc/t/${noise.tenant}/usage.live`, { headers, signal: end })
      await stream.text()
    }
    const person = async () => {
      while (Date.now() < endsMs) {
        round++
        const path =
          round % 5 === 0 ? `/t/${noise.tenant}/quotas` : `/api/trpc/t/${noise.tenant}/${urlOf(costly(round))}`
        const answer = await visit(`${noise.url}${path}`, { signal: AbortSignal.timeout(30_000) })
          .then(async (response) => {
            await response.arrayBuffer()
            return String(response.status)
          })
          .catch(() => 'failed')
        count(answer)
      }
    }
    const views = Array.from({ length: liveViews }, () => live().catch(() => {}))
    await Promise.all([...views, ...Array.from({ length: atOnce }, person)])
  }
}
