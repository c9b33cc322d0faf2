// Drives versions through their waves by `decidePromotion`, with gateways that do what they like and processes that end anywhere.
import { awayAfterMs, type GatewayReport, type Ring } from '@tickwatch/policy'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { begunCount, type Did, orderFaults } from '../../../../../packages/rollout/src/testing/order.ts'
import { decidePromotion } from './policy.rules.ts'

const version = { version: 7, sha256: 'seven' }
const rings = ['canary', 'early', 'half', 'fleet']
const holdSeconds = 30
const tickMs = 5_000

/** What a gateway does so long after its ring has the manifest. One that lags reports, but never has it; one that is away is silent. */
type Member = { ring: Ring; does: 'attest' | 'refuse' | 'lag' | 'be away'; afterMs: number }

/** The waves as Postgres has them, the manifests as SSM has them, and the gateways. */
class World {
  readonly waves: { ring: Ring; dueMs: number | null; publishedMs: number | null }[]
  /** Since when each ring has the manifest. */
  readonly manifests = new Map<Ring, number>()
  readonly promotions: string[] = []
  readonly history: Did[] = []
  isRefused = false
  nowMs = 0
  readonly #members: readonly Member[]

  constructor(count: number, members: readonly Member[]) {
    this.waves = rings.slice(0, count).map((ring, i) => ({ ring, dueMs: i === 0 ? 0 : null, publishedMs: null }))
    this.#members = members
  }

  reports(): GatewayReport[] {
    return this.#members.map((member, i) => ({
      ...{ gatewayId: `gw-${i}`, ring: member.ring },
      heartbeatAt: member.does === 'be away' ? -1 : this.nowMs,
      ...(this.#has(member, 'attest')
        ? { appliedVersion: 7, appliedSha256: 'seven' }
        : { appliedVersion: 6, appliedSha256: 'six' }),
      refused: this.#has(member, 'refuse') ? { version: 7, reason: 'signature' } : null,
    }))
  }

  /** Writes what a process could know now. */
  hear(): void {
    if (this.#members.some((member) => this.#has(member, 'refuse'))) this.history.push({ did: 'hear of harm' })
  }

  /** Writes a ring's manifest. If it is there already that does nothing. */
  put(ring: Ring): void {
    if (this.manifests.has(ring)) return
    const wave = this.waves.findIndex((each) => each.ring === ring)
    const notDone = this.waves.slice(0, wave).flatMap((each, i) => (this.#isDone(each.ring) ? [] : [i]))
    this.history.push({ did: 'begin', wave, notDone })
    this.manifests.set(ring, this.nowMs)
  }

  #has({ ring, does, afterMs }: Member, what: Member['does']): boolean {
    const sinceMs = this.manifests.get(ring)
    return does === what && sinceMs !== undefined && this.nowMs >= sinceMs + afterMs
  }

  /** All gateways of the ring have it, or its hold is over. */
  #isDone(ring: Ring): boolean {
    const sinceMs = this.manifests.get(ring)
    if (sinceMs === undefined) return false
    const members = this.#members.filter((member) => member.ring === ring)
    return members.every((member) => this.#has(member, 'attest')) || this.nowMs >= sinceMs + holdSeconds * 1_000
  }
}

/** A run of the promoter, which stores and writes as the real one does. Each `yield` is a point at which the process may end. */
function* advance(world: World, listeningSinceMs: number): Generator<void, void> {
  for (;;) {
    for (const wave of world.waves) {
      if (wave.dueMs === null || wave.publishedMs !== null) continue
      yield
      world.put(wave.ring)
      yield
      wave.publishedMs = world.nowMs
    }
    if (world.isRefused) return
    const waves = world.waves.map(({ ring, publishedMs }) => ({ ring, holdSeconds, heldSinceMs: publishedMs }))
    const decision = decidePromotion(version, waves, world.reports(), world.nowMs, listeningSinceMs)
    yield
    if (decision?.step === 'stop') world.isRefused = true
    if (decision?.step !== 'promote') return
    const next = world.waves.find(({ ring }) => ring === decision.ring)
    if (!next || next.dueMs !== null) throw new Error(`${decision.ring} can't be promoted.`)
    next.dueMs = world.nowMs
    world.promotions.push(`${decision.ring} because ${decision.because}`)
  }
}

/** Lets five minutes pass. `ends` says after how many of its steps a run ends; the next process starts before anything else happens. */
function drive(count: number, members: readonly Member[], ends: readonly number[] = []): World {
  const world = new World(count, members)
  let listeningSinceMs = 0
  let run = 0
  while (world.nowMs < 300_000) {
    world.hear()
    const left = ends[run++] ?? Number.POSITIVE_INFINITY
    let steps = 0
    let isKilled = false
    for (const _ of advance(world, listeningSinceMs)) {
      isKilled = steps++ >= left
      if (isKilled) break
    }
    if (isKilled) listeningSinceMs = world.nowMs
    else world.nowMs += tickMs
  }
  return world
}

const membersThat = (does: readonly Member['does'][], secondsMax: number) =>
  fc.array(
    fc.record({
      ring: fc.constantFrom(...rings, 'no wave’s'),
      does: fc.constantFrom(...does),
      afterMs: fc.nat({ max: secondsMax * 1_000 }),
    }),
    { maxLength: 8 },
  )
const count = fc.integer({ min: 1, max: rings.length })
const ends = fc.array(fc.nat({ max: 6 }), { maxLength: 30 })
const anything = ['attest', 'attest', 'refuse', 'lag', 'be away'] as const

describe('whatever gateways report, and wherever processes end', () => {
  it('no wave begins before every earlier one is done, and none after a gateway refused', () => {
    fc.assert(
      fc.property(count, membersThat(anything, 60), ends, (waves, members, ended) => {
        expect(orderFaults(drive(waves, members, ended).history)).toEqual([])
      }),
    )
  })

  it('every ring gets the version if no gateway refuses it, however late they report and whoever is away', () => {
    fc.assert(
      fc.property(count, membersThat(['attest', 'lag', 'be away'], 60), ends, (waves, members, ended) => {
        const { history, isRefused } = drive(waves, members, ended)
        expect([begunCount(history), isRefused]).toEqual([waves, false])
      }),
    )
  })

  it('a process that ends changes nothing: the same rings, refusals and reasons', () => {
    // One that starts gives those that are away some time more. What the others do, they do before any hold ends.
    expect(awayAfterMs).toBeLessThan(holdSeconds * 1_000)
    fc.assert(
      fc.property(count, membersThat(anything, holdSeconds - 5), ends, (waves, members, ended) => {
        const whole = drive(waves, members)
        const broken = drive(waves, members, ended)
        expect([...broken.manifests.keys()]).toEqual([...whole.manifests.keys()])
        expect([broken.isRefused, broken.promotions]).toEqual([whole.isRefused, whole.promotions])
      }),
    )
  })
})
