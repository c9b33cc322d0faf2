import { setInterval } from 'node:timers/promises'
import { gaugeBody, signedIn, writerOf } from '@tickwatch/local'
import { platformState, portalUrl } from './platform.ts'
import { people } from './portal.ts'
import { query, queryMinutes } from './readers.ts'

/** What a tenant saw in a time: how long each of its requests took, what went wrong, and how old its newest sample was. */
export type Seen = { ms: number[]; faults: string[]; ageSeconds: number[] }

export const quantileMs = ({ ms }: Seen, q: number) =>
  ms.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(q * ms.length) - 1)] ?? Number.NaN

const tenant = 'globex'
const metric = 'neighbour_written_seconds'
const freshnessEveryMs = 500

/** A request of each way in, at the pace of a small tenant. `call` returns what is wrong with its answer. */
export const calls = {
  writes: { everyMs: 40, call: () => written() },
  queries: {
    everyMs: 100,
    call: async (i: number) => {
      const answer = await (i % 2 === 0 ? query(tenant, '1') : queryMinutes(tenant, 'sum(game_players)', 5))
      return answer.status === 200 ? null : `${answer.status} ${answer.error}`
    },
  },
  // The portal counts a page as ten calls, so these are 14 calls/s. One person may send 20.
  portal: { everyMs: 200, call: (i: number) => (i % 5 === 0 ? opened(i % 2 === 0 ? '/quotas' : '') : called(i)) },
  api: { everyMs: 100, call: (i: number) => called(i) },
}
export type Way = keyof typeof calls

let session: ReturnType<typeof signedIn> | undefined
const visitor = () => {
  session ??= signedIn(portalUrl, people.globexAdmin)
  return session
}
/** The whole answer, or what is wrong with it. */
async function visited(path: string, isRight: (text: string) => boolean): Promise<string | null> {
  const visit = await visitor()
  const answer = await visit(`${portalUrl}${path}`, { signal: AbortSignal.timeout(30_000) })
  const text = await answer.text()
  return answer.status === 200 && isRight(text)
    ? null
    : `${path} was answered with ${answer.status} ${text.slice(0, 300)}`
}
const called = (i: number) =>
  visited(`/api/trpc/t/${tenant}/${i % 2 === 0 ? 'quota.current' : 'usage.now'}`, () => true)
/** A page that could not be rendered also has the status 200, but does not know who is signed in. */
const opened = (page: string) =>
  visited(`/t/${tenant}${page}`, (text) => text.includes('Priya Raman') && text.trimEnd().endsWith('</html>'))

let connection: ReturnType<typeof writerOf> | undefined
const writer = () => {
  const { addresses, pki } = platformState()
  const certificate = pki.writers[`${tenant}-game`]
  if (!certificate) throw new Error(`${tenant} has no certificate for its game servers`)
  connection ??= writerOf(addresses.writers, pki.ca, certificate, 8)
  return connection
}

async function written(): Promise<string | null> {
  const status = await writer().send(gaugeBody(metric, Date.now() / 1_000))
  return status === 204 ? null : `a write was answered with ${status}`
}

/** The age of the newest sample that a query finds. */
async function ageSeconds(): Promise<number> {
  const { status, data } = await query(tenant, metric)
  const newest = data?.result[0]?.value[1]
  if (newest === undefined) throw new Error(`a query for the newest sample was answered with ${status} and none`)
  return Date.now() / 1_000 - Number(newest)
}

/** Sends requests for some seconds, each at its time, however long the ones before take. */
export async function watch(way: Way, seconds: number): Promise<Seen> {
  const { everyMs, call } = calls[way]
  const seen: Seen = { ms: [], faults: [], ageSeconds: [] }
  const open: Promise<unknown>[] = []
  const failed = (fault: Error) => seen.faults.push(fault.message)
  const timed = async (i: number) => {
    const startedMs = performance.now()
    const fault = await call(i)
    seen.ms.push(performance.now() - startedMs)
    if (fault) seen.faults.push(fault)
  }
  const fresh = async () => seen.ageSeconds.push(await ageSeconds())
  const endsMs = Date.now() + seconds * 1_000
  let freshnessDueMs = 0
  let i = 0
  for await (const _ of setInterval(everyMs)) {
    const nowMs = Date.now()
    if (nowMs >= endsMs) break
    open.push(timed(i++).catch(failed))
    if (nowMs < freshnessDueMs) continue
    freshnessDueMs = nowMs + freshnessEveryMs
    const stored = written().then((fault) => fault && seen.faults.push(fault))
    open.push(stored.then(fresh).catch(failed))
  }
  await Promise.all(open)
  return seen
}

/** Opens the neighbour's connections and its session, so that its first request takes no longer than the others. */
export async function warmUp(): Promise<void> {
  await Promise.all([written(), opened(''), ...Object.values(calls).flatMap(({ call }) => [call(0), call(1)])])
}

export function closeNeighbour(): void {
  connection?.close()
  connection = undefined
  session = undefined
}
