import { setTimeout as sleep } from 'node:timers/promises'
import type { CertificateFiles } from '../platform/localState.ts'
import { writeBody } from './noise/bodies.ts'
import { writerOf } from './noise/writer.ts'

/** Each writer sends a request once in this time: many writers, so that each gateway has about as much as the others. */
const everyMs = 16_000
/** As many samples as an agent sends at once; those of a series are a millisecond apart. */
const seriesPerRequest = 100
const samplesPerSeries = 5
const retryMs = 200

/** The metric of all its series. The label `instance` is the number of the writer. */
export const steadyMetric = 'steady_load'

export type SteadyLoad = {
  /** Samples that were answered with a 2xx: each of them must be stored. */
  accepted(): number
  /** How often each status was answered. 0 is a connection that broke. */
  statuses: ReadonlyMap<number, number>
  /** Sends nothing new, and waits until all that was sent is accepted. */
  pause(): Promise<void>
  resume(): void
  stop(): Promise<void>
}

/**
 * Writers that send requests of the same size, evenly spread over time, so that gateways can be compared. As a sender must, each
 * repeats a request until it is accepted.
 * @param url of Envoy
 */
export function startSteadyLoad(url: string, caFile: string, certificates: readonly CertificateFiles[]): SteadyLoad {
  const statuses = new Map<number, number>()
  const underWay = new Set<Promise<void>>()
  let accepted = 0
  let isPaused = false
  let isStopped = false

  const writers = certificates.map((certificate, i) => {
    const { send, close } = writerOf(url, caFile, certificate)
    let isBusy = false
    async function write(): Promise<void> {
      if (isBusy) return
      isBusy = true
      const body = bodyOf(i, Date.now())
      for (;;) {
        const status = await send(body).catch(() => 0)
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        if (status >= 200 && status < 300) {
          accepted += seriesPerRequest * samplesPerSeries
          break
        }
        if (isStopped) break
        await sleep(retryMs)
      }
      isBusy = false
    }
    return { write, close }
  })

  let turn = 0
  const timer = setInterval(() => {
    const writer = writers[turn++ % writers.length]
    if (isPaused || !writer) return
    const written: Promise<void> = writer.write().finally(() => underWay.delete(written))
    underWay.add(written)
  }, everyMs / certificates.length)

  async function pause(): Promise<void> {
    isPaused = true
    await Promise.all(underWay)
  }
  return {
    accepted: () => accepted,
    statuses,
    pause,
    resume() {
      isPaused = false
    },
    async stop() {
      isStopped = true
      clearInterval(timer)
      await pause()
      for (const { close } of writers) close()
    },
  }
}

const bodyOf = (writer: number, nowMs: number): Buffer =>
  writeBody((into) => {
    for (let i = 0; i < seriesPerRequest; i++) {
      into.beginSeries(['__name__', steadyMetric, 'instance', `host-${writer}`, 'job', 'load', 'shard_id', String(i)])
      for (let age = samplesPerSeries - 1; age >= 0; age--) into.sample(age, nowMs - age)
      into.endSeries()
    }
  })
