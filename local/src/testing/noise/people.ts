import { signedIn } from '../signedIn.ts'
import type { MakeNoise, Noise } from './noise.ts'

/** Of one person. While the API lets some pages wait, enough others wait at the portal that it refuses more. */
const connections = 12
/** More than the 12 that one person may have open. */
const liveViews = 15
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

type People = Extract<Noise, { way: 'portal' | 'api' }>
type Visit = Awaited<ReturnType<typeof signedIn>>

const signInAll = ({ url, emails }: People) => Promise.all(emails.map((email) => signedIn(url, email)))

/**
 * Each person asks for one path after the other over all connections, and reads each answer to its end. On a busy machine the
 * time may be over before this process, which has the lowest priority, gets to run: it asks at least once.
 */
async function askAll(
  all: readonly Visit[],
  url: string,
  pathOf: (round: number) => string,
  [endsMs, count]: Parameters<MakeNoise>,
): Promise<void> {
  let round = 0
  const connection = async (visit: Visit) => {
    do {
      const answer = await visit(`${url}${pathOf(round++)}`, { signal: AbortSignal.timeout(30_000) })
        .then(async (response) => {
          await response.arrayBuffer()
          return String(response.status)
        })
        .catch(() => 'failed')
      count(answer)
    } while (Date.now() < endsMs)
  }
  await Promise.all(all.flatMap((visit) => Array.from({ length: connections }, () => connection(visit))))
}

/** Opens pages, which the portal's server renders, as several people of the tenant. */
export async function preparePages(noise: People): Promise<MakeNoise> {
  const all = await signInAll(noise)
  const pages = ['', '/quotas', '/readers'].map((page) => `/t/${noise.tenant}${page}`)
  return (...until) => askAll(all, noise.url, (round) => pages[round % pages.length] as string, until)
}

/** Opens live views and sends batches as several people of the tenant, through the portal's relay: it has their tokens. */
export async function prepareApiCalls(noise: People): Promise<MakeNoise> {
  const all = await signInAll(noise)
  const calls = `/api/trpc/t/${noise.tenant}`
  return async (endsMs, count) => {
    const end = AbortSignal.timeout(Math.max(0, endsMs - Date.now()))
    const headers = { accept: 'text/event-stream' }
    const live = async (visit: Visit) =>
      (await visit(`${noise.url}${calls}/usage.live`, { headers, signal: end })).text()
    const views = all.flatMap((visit) => Array.from({ length: liveViews }, () => live(visit).catch(() => {})))
    await Promise.all([
      ...views,
      askAll(all, noise.url, (round) => `${calls}/${urlOf(costly(round))}`, [endsMs, count]),
    ])
  }
}
