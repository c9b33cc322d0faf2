import type { GatewayReport } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import { propagationView, type VersionProgress } from './propagation.ts'

const savedAt = new Date('2026-03-01T12:00:00Z')
const after = (ms: number) => new Date(savedAt.getTime() + ms)
const nowMs = after(4_000).getTime()
const wave = (ring: string, publishedMs: number | null = null, enforcedMs: number | null = null) => ({
  ring,
  publishedAt: publishedMs === null ? null : after(publishedMs),
  enforcedAt: enforcedMs === null ? null : after(enforcedMs),
})
const rings = ['canary', 'fleet']
const version = (number: number, facts: Partial<VersionProgress>): VersionProgress => ({
  version: number,
  state: 'compiled',
  createdAt: after(300),
  waves: [wave('canary'), wave('fleet')],
  enforcedAt: null,
  held: null,
  ...facts,
})
const gateway = (gatewayId: string, facts: Partial<GatewayReport> = {}): GatewayReport => ({
  gatewayId,
  ring: 'fleet',
  heartbeatAt: nowMs - 500,
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
  expect(propagationView({ version: 7, savedAt }, [v7], gateways, enforcements, nowMs, rings)).toMatchObject({
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
  const view = propagationView({ version: null, savedAt }, [], [gateway('gateway-1')], [], nowMs, rings)
  const waves = rings.map((ring) => ({ ring, publishedMs: null, enforcedMs: null }))
  expect(view).toMatchObject({ state: 'saved', compiledMs: null, enforcedMs: null, waves })
  expect(view.gateways).toMatchObject([{ state: 'behind', enforcedMs: null }])
})

it('omits a gateway whose ring is in none of its waves', () => {
  const gateways = [gateway('gateway-1'), gateway('lost', { ring: 'lab' })]
  const view = propagationView({ version: 7, savedAt }, [version(7, {})], gateways, [], nowMs, rings)
  expect(view.gateways.map((g) => g.gatewayId)).toEqual(['gateway-1'])
})

it('follows the next version if its own was superseded', () => {
  const versions = [
    version(7, { state: 'superseded', waves: [wave('canary', 400), wave('fleet')] }),
    version(8, { state: 'publishing', waves: [wave('canary', 800), wave('early', 1_000), wave('fleet', 1_500)] }),
  ]
  const enforcements = [{ gatewayId: 'gateway-1', version: 8, enforcedAt: after(2_000) }]
  const view = propagationView({ version: 7, savedAt }, versions, [gateway('gateway-1')], enforcements, nowMs, rings)
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
  const standing = (facts: Partial<GatewayReport>) =>
    propagationView({ version: 7, savedAt }, [version(7, {})], [gateway('g', facts)], [], nowMs, rings).gateways[0]

  it('is behind', () => expect(standing({})).toMatchObject({ state: 'behind', detail: 'still enforces v6' }))
  it('is away', () => expect(standing({ heartbeatAt: nowMs - 20_000 })).toMatchObject({ state: 'away' }))
  it('refused it, with the reason', () =>
    expect(standing({ refused: { version: 7, reason: 'signature' } })).toMatchObject({
      state: 'refused',
      detail: 'refused v7: signature',
    }))
  it('has other contents', () => expect(standing({ appliedVersion: 7 })).toMatchObject({ state: 'disagrees' }))
  it('is not shown once it is gone', () => expect(standing({ heartbeatAt: nowMs - 3_600_000 })).toBeUndefined())
})

it('says why a version stopped', () => {
  const refused = version(7, { state: 'refused', held: 'gateway-1 refused it: signature.' })
  expect(propagationView({ version: 7, savedAt }, [refused], [], [], nowMs, rings)).toMatchObject({
    state: 'refused',
    held: 'gateway-1 refused it: signature.',
  })
})
