import { setTimeout as wait } from 'node:timers/promises'
import { type CostlyBody, costlyBodies } from './bodies.ts'
import type { MakeNoise, Noise } from './noise.ts'
import { writerOf } from './writer.ts'

/** The default limit of requests, which the tenant of the test has. */
const requestsPerSecond = 100
const openMax = 64
/** Requests of each kind that have different series. */
const runs = 40

/** The body of each run. */
function bodiesOf({ make, varies }: CostlyBody): Buffer[] {
  if (varies) return Array.from({ length: runs }, (_, run) => make(run))
  return Array<Buffer>(runs).fill(make(0))
}

/** Sends the requests that cost most, as many as the tenant may send, and does not wait when it is told to. */
export async function prepareWrites(noise: Extract<Noise, { way: 'writes' }>): Promise<MakeNoise> {
  const kinds = Object.values(costlyBodies).map((kind) => ({ version: kind.version, bodies: bodiesOf(kind) }))
  const { send, close } = writerOf(noise.url, noise.ca, noise.certificate, openMax)
  return async (endsMs, count) => {
    const startedMs = Date.now()
    const open = new Set<Promise<void>>()
    for (let i = 0; i === 0 || Date.now() < endsMs; i++) {
      const kind = kinds[i % kinds.length]
      const body = kind?.bodies[Math.floor(i / kinds.length) % runs]
      if (kind && body && open.size < openMax) {
        const one = send(body, kind.version)
          .then((status) => count(String(status)))
          .catch(() => count('failed'))
          .finally(() => open.delete(one))
        open.add(one)
      }
      await wait(Math.max(0, startedMs + ((i + 1) * 1_000) / requestsPerSecond - Date.now()))
    }
    await Promise.all(open)
    close()
  }
}
