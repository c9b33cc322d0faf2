// A tenant is near its limit of active series, and its writers move between gateways as those restart. Tests what the
// gateways answer, with shares computed from their own heartbeats.
import {
  awayAfterMs,
  computeShares,
  type Demand,
  type HeartbeatTenant,
  lateAfterMs,
  parseBundle,
  seriesClaims,
} from '@tickwatch/policy'
import { encodeSnappy, Scratch, WriteRequestWriter } from '@tickwatch/remote-write'
import { expect, it } from 'vitest'
import { compilePolicy } from '../policy/policy.ts'
import { environment, newSigningKey, publish } from '../testing/policies.ts'
import { ingestAtOnce } from '../testing/writes.ts'
import { Tenants } from './tenants.ts'

const limit = 1_000
const heartbeatMs = 1_000
const askedMs = 250
const epochMs = 1_800_000_000_000

const { json, manifest } = publish(
  { version: 1, tenants: [{ id: 'acme', limits: { 'series.activeMax': limit } }] },
  newSigningKey().privateKey,
  's3',
)
const policy = compilePolicy(parseBundle(json, environment), manifest.sha256, null)
const ingest = ingestAtOnce()
const writer = new WriteRequestWriter()
const packed = new Scratch()

type Answer = 'taken' | 'later' | 'refused'
type Gateway = {
  tenants: Tenants
  beatAtMs: number
  asked: boolean
  reported: { atMs: number; acme?: HeartbeatTenant | undefined }
}

/** Gateways, and what the control plane remembers about them. */
class Fleet {
  nowMs = 0
  readonly #running = new Map<string, Gateway>()
  readonly #known = new Map<string, Gateway['reported']>()

  start(...ids: string[]): void {
    for (const id of ids) {
      const gateway: Gateway = {
        tenants: new Tenants(
          { byTenant: new Map(), defaultShare: 1 },
          () => {
            gateway.asked = true
          },
          () => {},
        ),
        beatAtMs: Number.NEGATIVE_INFINITY,
        asked: false,
        reported: { atMs: this.nowMs },
      }
      gateway.tenants.apply(policy, this.nowMs)
      this.#running.set(id, gateway)
      this.#beat(id, gateway)
    }
  }

  /** Like SIGKILL: the gateway sends no last heartbeat. */
  kill(id: string): void {
    this.#running.delete(id)
  }

  /** Lets `ms` pass. */
  pass(ms: number): void {
    for (const until = this.nowMs + ms; this.nowMs < until; ) {
      this.nowMs += askedMs
      for (const [id, gateway] of this.#running) {
        gateway.tenants.sweep(this.nowMs)
        if (gateway.asked || this.nowMs - gateway.beatAtMs >= heartbeatMs) this.#beat(id, gateway)
      }
    }
  }

  /** Sends one request with one sample of each of these series. */
  write(id: string, from: number, to: number): Answer {
    const tenant = this.#running.get(id)?.tenants.forWrite('acme', this.nowMs)
    if (!tenant) throw new Error(`${id} does not know acme`)
    writer.begin()
    for (let series = from; series < to; series++) {
      writer.beginSeries(['__name__', 'up', 'queue', `${series}`])
      writer.sample(1, epochMs)
      writer.endSeries()
    }
    ingest.read(encodeSnappy(writer.finish(), packed), 1, 1e9)
    const { refused } = ingest.keep(tenant, Math.floor(this.nowMs / 1_000), epochMs)
    if (!refused.has('active-series')) return 'taken'
    if (tenant.seriesLimitReached) return 'refused'
    this.#running.get(id)?.tenants.needShare()
    return 'later'
  }

  /**
   * Writes like a writer that retries until its request is accepted, or refused for good.
   * @returns the last answer, and the time until it.
   */
  deliver(id: string, from: number, to: number): { answer: Answer; ms: number } {
    const startedMs = this.nowMs
    let answer = this.write(id, from, to)
    while (answer === 'later' && this.nowMs - startedMs < 60_000) {
      this.pass(askedMs)
      answer = this.write(id, from, to)
    }
    return { answer, ms: this.nowMs - startedMs }
  }

  active(id: string): number {
    return this.#running.get(id)?.tenants.figures(this.nowMs).acme?.activeSeries ?? 0
  }

  #beat(id: string, gateway: Gateway): void {
    gateway.asked = false
    gateway.beatAtMs = this.nowMs
    const figures = gateway.tenants.figures(this.nowMs)
    this.#known.set(id, { atMs: this.nowMs, acme: figures.acme })
    const demands = [...this.#known]
      .filter(([, reported]) => this.nowMs - reported.atMs <= awayAfterMs)
      .map(
        ([of, { atMs, acme }]): Demand => ({
          gatewayId: of,
          samplesPerSecond: acme?.demandSamplesPerSecond ?? 0,
          requestsPerSecond: acme?.demandRequestsPerSecond ?? 0,
          queriesPerSecond: 0,
          activeSeries: acme?.demandSeries ?? 0,
          seriesSketch: acme?.seriesSketch,
          late: this.nowMs - atMs > lateAfterMs,
        }),
      )
    // Like the API, it gives no share of a tenant that the gateway does not see.
    const acme = figures.acme && computeShares(demands).get(id)
    const { total, distinct } = seriesClaims(demands)
    gateway.tenants.applyShares(
      {
        shares: acme ? { acme } : {},
        defaultShare: 1 / demands.length,
        othersTaken: {},
        seriesClaims: { acme: { total, sketched: distinct !== null } },
      },
      figures,
      this.nowMs,
    )
  }
}

it('new series are taken at once on any gateway while the fleet has room for them', () => {
  const fleet = new Fleet()
  fleet.start('a', 'b', 'c')
  expect(fleet.deliver('a', 0, 700).answer).toBe('taken')
  expect(fleet.deliver('b', 700, 800).answer).toBe('taken')
  fleet.pass(2_000)
  // The share of b is 125 series.
  expect(fleet.write('b', 800, 860)).toBe('taken')
  expect(fleet.write('c', 900, 960)).toBe('taken')
  fleet.pass(1_000)
  expect(fleet.write('c', 960, 980)).toBe('taken')
})

it('a rolling restart refuses no series of a tenant under its limit', () => {
  const fleet = new Fleet()
  fleet.start('a', 'b')
  expect(fleet.deliver('a', 0, 800).answer).toBe('taken')
  fleet.pass(5_000)
  fleet.kill('a')
  const moved = fleet.deliver('b', 0, 800)
  expect(moved.answer).toBe('taken')
  expect(moved.ms).toBeLessThan(5_000)
  fleet.start('a')
  fleet.pass(5_000)
  const movedBack = fleet.deliver('a', 0, 800)
  expect(movedBack.answer).toBe('taken')
  expect(movedBack.ms).toBeLessThan(3_000)
  // New series still fit, and b accepts its own series, although they are counted twice.
  expect(fleet.deliver('a', 800, 850).answer).toBe('taken')
  expect(fleet.deliver('b', 0, 800).answer).toBe('taken')
})

it('three gateways restart one after the other, and none refuses series that the others have seen', () => {
  const fleet = new Fleet()
  fleet.start('a', 'b', 'c')
  const part = (id: string) => ({ a: [0, 300], b: [300, 600], c: [600, 900] })[id] as [number, number]
  const answers = new Set<Answer>()
  for (const id of ['a', 'b', 'c']) answers.add(fleet.deliver(id, ...part(id)).answer)
  for (const [gone, other] of [
    ['a', 'b'],
    ['b', 'c'],
    ['c', 'a'],
  ] as const) {
    fleet.pass(2_000)
    fleet.kill(gone)
    answers.add(fleet.deliver(other, ...part(gone)).answer)
    answers.add(fleet.deliver(other, ...part(other)).answer)
    fleet.start(gone)
    fleet.pass(1_000)
    answers.add(fleet.deliver(gone, ...part(gone)).answer)
  }
  expect([...answers]).toEqual(['taken'])
})

it('a tenant over its limit is refused for good within seconds on all gateways, and gets little more than its limit', () => {
  const fleet = new Fleet()
  fleet.start('a', 'b')
  let refused = 0
  for (let series = 0; series < 2_000; series += 50) {
    for (const [id, from] of [
      ['a', series],
      ['b', 10_000 + series],
    ] as const) {
      if (fleet.deliver(id, from, from + 50).answer === 'refused') refused++
    }
    fleet.pass(askedMs)
  }
  const active = fleet.active('a') + fleet.active('b')
  expect(active).toBeGreaterThanOrEqual(limit * 0.95)
  expect(active).toBeLessThan(limit * 1.25)
  expect(refused).toBeGreaterThan(40)
})
