import { behindAfterMs } from '@tickwatch/policy'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Enforcement, type GatewayStanding, propagationView, type VersionProgress } from './propagation.ts'

const savedAt = new Date('2026-03-01T12:00:00Z')
const after = (ms: number) => new Date(savedAt.getTime() + ms)
const nowMs = after(4_000).getTime()
const wave = (ring: string, publishedMs: number | null = null, enforcedMs: number | null = null) => ({
  ring,
  publishedAt: publishedMs === null ? null : after(publishedMs),
  enforcedAt: enforcedMs === null ? null : after(enforcedMs),
})
const rings = ['canary', 'fleet']
const configured = rings.map((ring) => ({ ring, holdSeconds: 30 }))
const version = (number: number, facts: Partial<VersionProgress>): VersionProgress => ({
  version: number,
  state: 'compiled',
  createdAt: after(300),
  waves: [wave('canary'), wave('fleet')],
  enforcedAt: null,
  held: null,
  ...facts,
})
const gateway = (gatewayId: string, facts: Partial<GatewayStanding> = {}): GatewayStanding => ({
  gatewayId,
  ring: 'fleet',
  heartbeatAt: nowMs - 500,
  awaySinceMs: null,
  appliedVersion: 6,
  appliedSha256: 'a'.repeat(64),
  refused: null,
  ...facts,
})

it('shows each step of a change in milliseconds since it was saved', () => {
  const v7 = version(7, {
    state: 'enforced',
    waves: [wave('canary', 500, 1_100), wave('fleet', 1_200, 2_900)],
    enforcedAt: after(2_900),
  })
  const enforcements = [
    { gatewayId: 'gateway-1', version: 7, enforcedAt: after(1_100) },
    { gatewayId: 'gateway-2', version: 7, enforcedAt: after(2_900) },
  ]
  const gateways = [gateway('gateway-1', { ring: 'canary' }), gateway('gateway-2')]
  expect(propagationView({ version: 7, savedAt }, [v7], gateways, enforcements, nowMs, configured)).toMatchObject({
    state: 'enforced',
    compiledMs: 300,
    waves: [
      { ring: 'canary', publishedMs: 500, enforcedMs: 1_100 },
      { ring: 'fleet', publishedMs: 1_200, enforcedMs: 2_900 },
    ],
    enforcedMs: 2_900,
    gateways: [
      { gatewayId: 'gateway-1', enforcedMs: 1_100, state: 'in-sync' },
      { gatewayId: 'gateway-2', enforcedMs: 2_900, state: 'in-sync' },
    ],
  })
})

it('says that a change is saved while no version carries it', () => {
  const view = propagationView({ version: null, savedAt }, [], [gateway('gateway-1')], [], nowMs, configured)
  const waves = rings.map((ring) => ({ ring, publishedMs: null, enforcedMs: null }))
  expect(view).toMatchObject({ state: 'saved', compiledMs: null, enforcedMs: null, waves })
  expect(view.gateways).toMatchObject([{ state: 'behind', enforcedMs: null }])
})

it('omits a gateway whose ring is in none of its waves', () => {
  const gateways = [gateway('gateway-1'), gateway('lost', { ring: 'lab' })]
  const view = propagationView({ version: 7, savedAt }, [version(7, {})], gateways, [], nowMs, configured)
  expect(view.gateways.map((g) => g.gatewayId)).toEqual(['gateway-1'])
})

it('follows the next version if its own was superseded', () => {
  const versions = [
    version(7, { state: 'superseded', waves: [wave('canary', 400), wave('fleet')] }),
    version(8, { state: 'publishing', waves: [wave('canary', 800), wave('early', 1_000), wave('fleet', 1_500)] }),
  ]
  const enforcements = [{ gatewayId: 'gateway-1', version: 8, enforcedAt: after(2_000) }]
  const view = propagationView(
    { version: 7, savedAt },
    versions,
    [gateway('gateway-1')],
    enforcements,
    nowMs,
    configured,
  )
  expect(view).toMatchObject({ state: 'publishing' })
  // Its waves are those of the version that superseded its own.
  expect(view.waves.map((w) => [w.ring, w.publishedMs])).toEqual([
    ['canary', 400],
    ['early', 1_000],
    ['fleet', 1_500],
  ])
  expect(view.gateways[0]).toMatchObject({ state: 'in-sync', enforcedMs: 2_000 })
})

describe('a gateway that does not enforce it', () => {
  const v7 = version(7, { waves: [wave('canary', 400), wave('fleet', 500)] })
  const standing = (facts: Partial<GatewayStanding>, afterMs = 4_000) => {
    const at = after(afterMs).getTime()
    return propagationView({ version: 7, savedAt }, [v7], [gateway('g', facts)], [], at, configured).gateways[0]
  }

  it('is on time while the version has not had the time to reach it', () => {
    expect(standing({}, 500 + behindAfterMs - 1)).toMatchObject({ state: 'behind', detail: null })
  })
  it('is behind after that', () => {
    expect(standing({}, 500 + behindAfterMs)).toMatchObject({ state: 'behind', detail: 'still enforces v6' })
    expect(standing({ appliedVersion: null }, 60_000)).toMatchObject({ detail: 'enforces no policy yet' })
  })
  it('is away', () => {
    const detail = 'no heartbeat since 12:00:03 UTC'
    expect(standing({ awaySinceMs: nowMs - 1_000 })).toMatchObject({ state: 'away', detail })
  })
  it('refused it, with the reason', () =>
    expect(standing({ refused: { version: 7, reason: 'signature' } })).toMatchObject({
      state: 'refused',
      detail: 'refused v7: signature',
    }))
  it('has other contents', () => expect(standing({ appliedVersion: 7 })).toMatchObject({ state: 'disagrees' }))
  it('is shown while the next wave waits for it, and no longer', () => {
    const shown = (silentSeconds: number, holdSeconds: number) => {
      const silent = gateway('g', { heartbeatAt: nowMs - silentSeconds * 1_000, awaySinceMs: nowMs })
      const waves = configured.map((wave) => ({ ...wave, holdSeconds }))
      return propagationView({ version: 7, savedAt }, [v7], [silent], [], nowMs, waves).gateways.length === 1
    }
    expect([shown(599, 30), shown(600, 30), shown(899, 900), shown(900, 900)]).toEqual([true, false, true, false])
  })
})

it('says why a version stopped', () => {
  const refused = version(7, { state: 'refused', held: 'gateway-1 refused it: signature.' })
  expect(propagationView({ version: 7, savedAt }, [refused], [], [], nowMs, configured)).toMatchObject({
    state: 'refused',
    held: 'gateway-1 refused it: signature.',
  })
})

describe('while an ordinary change is published', () => {
  type Step =
    | { kind: 'compile'; version: number }
    | { kind: 'publish' | 'record'; version: number; ring: string }
    | { kind: 'attest'; version: number; gatewayId: string }
    | { kind: 'enforced'; version: number }

  /** All steps of a version, in an order in which they can come: what follows a step in `after` comes after it. */
  const stepsOf = (number: number, members: string[][]): Step[][] =>
    members.map((gatewayIds, i) => [
      { kind: 'publish', version: number, ring: `ring-${i}` },
      ...gatewayIds.map((gatewayId): Step => ({ kind: 'attest', version: number, gatewayId })),
    ])

  /** The API may record that a ring enforces a version at any time after its last gateway attested it. */
  const story = fc.array(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 4 }).chain((sizes) => {
    const members = sizes.map((size, i) => Array.from({ length: size }, (_, j) => `gateway-${i}-${j}`))
    const shuffled = members.map((ids) => fc.shuffledSubarray(ids, { minLength: ids.length }))
    return fc.record({
      members: fc.tuple(...shuffled),
      next: fc.tuple(...shuffled),
      /** After how many waves of the first version a second edit overtakes it; more waves than there are: never. */
      overtakenAfter: fc.nat({ max: sizes.length + 1 }),
      recordLate: fc.array(fc.nat({ max: 3 }), { minLength: 8, maxLength: 8 }),
    })
  })

  function toldOf({
    members,
    next,
    overtakenAfter,
    recordLate,
  }: typeof story extends fc.Arbitrary<infer S> ? S : never) {
    const told: Step[] = [{ kind: 'compile', version: 7 }]
    const waves = stepsOf(7, members)
    const overtaken = overtakenAfter < waves.length
    for (const wave of overtaken ? waves.slice(0, overtakenAfter) : waves) told.push(...wave)
    if (overtaken) {
      told.push({ kind: 'compile', version: 8 })
      for (const wave of stepsOf(8, next)) told.push(...wave)
    }
    const last = overtaken ? 8 : 7
    for (const [i, ids] of members.entries()) {
      if (ids.length === 0) continue
      const attested = told.findLastIndex((s) => s.kind === 'attest' && s.version === last && ids.includes(s.gatewayId))
      const at = Math.min(told.length, attested + 1 + (recordLate[i] ?? 0))
      told.splice(at, 0, { kind: 'record', version: last, ring: `ring-${i}` })
    }
    return [...told, { kind: 'enforced', version: last } satisfies Step]
  }

  it('no gateway is late, nothing stops, and no ring has it before the ring before it enforces it, at every moment', () => {
    fc.assert(
      fc.property(story, (plan) => {
        const told = toldOf(plan)
        const names = plan.members.map((_, i) => `ring-${i}`)
        for (let seen = 0; seen <= told.length; seen += 1) {
          const view = viewAfter(told.slice(0, seen), names, plan.members)
          expect([view.state, view.held]).toEqual([
            expect.stringMatching(/^(saved|compiled|publishing|enforced)$/),
            null,
          ])
          for (const g of view.gateways) expect(['in-sync null', 'behind null']).toContain(`${g.state} ${g.detail}`)
          const published = view.waves.findLastIndex((w) => w.publishedMs !== null)
          for (const earlier of names.slice(0, Math.max(0, published))) {
            for (const g of view.gateways) if (g.ring === earlier) expect(g.enforcedMs).not.toBeNull()
          }
        }
        const end = viewAfter(told, names, plan.members)
        expect([end.state, end.gateways.every((g) => g.enforcedMs !== null)]).toEqual(['enforced', true])
      }),
    )
  })

  function viewAfter(told: Step[], names: string[], members: string[][]) {
    const versions = new Map<number, VersionProgress>()
    const enforcements: Enforcement[] = []
    const applied = new Map<string, number>()
    for (const [i, step] of told.entries()) {
      const at = after(100 * (i + 1))
      const known = versions.get(step.version)
      if (step.kind === 'compile') {
        const before = versions.get(step.version - 1)
        if (before) versions.set(before.version, { ...before, state: 'superseded' })
        versions.set(step.version, version(step.version, { createdAt: at, waves: names.map((ring) => wave(ring)) }))
      } else if (step.kind === 'attest') {
        applied.set(step.gatewayId, step.version)
        enforcements.push({ gatewayId: step.gatewayId, version: step.version, enforcedAt: at })
      } else if (known && step.kind === 'enforced') {
        versions.set(step.version, { ...known, state: 'enforced', enforcedAt: at })
      } else if (known && 'ring' in step) {
        const time = step.kind === 'publish' ? { publishedAt: at } : { enforcedAt: at }
        const waves = known.waves.map((w) => (w.ring === step.ring ? { ...w, ...time } : w))
        versions.set(step.version, { ...known, state: 'publishing', waves })
      }
    }
    const fleet = members.flatMap((ids, i) =>
      ids.map((id) => gateway(id, { ring: names[i] ?? '', appliedVersion: applied.get(id) ?? 6 })),
    )
    const change = { version: versions.has(7) ? 7 : null, savedAt }
    const atMs = after(100 * (told.length + 1)).getTime()
    return propagationView(
      change,
      [...versions.values()],
      fleet,
      enforcements,
      atMs,
      names.map((ring) => ({ ring, holdSeconds: 30 })),
    )
  }
})
