import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  awayAfterMs,
  canaryHoldMs,
  decidePromotion,
  type GatewayPolicyState,
  type GatewayReport,
  gatewayPolicyState,
  type PromotionDecision,
} from './propagation.ts'

const publishedAt = 1_000_000
const version = { version: 7, sha256: 'seven' }
const report = (given: Partial<GatewayReport> = {}): GatewayReport => ({
  gatewayId: 'gw-1',
  ring: 'canary',
  heartbeatAt: publishedAt,
  appliedVersion: 7,
  appliedSha256: 'seven',
  refused: null,
  ...given,
})
const behind = report({ gatewayId: 'gw-2', appliedVersion: 6, appliedSha256: 'six' })
const untilMs = publishedAt + canaryHoldMs

describe('decidePromotion', () => {
  it.each<[string, GatewayReport[], number, PromotionDecision]>([
    ['no canary at all', [], 0, { step: 'promote', because: 'no-canary' }],
    ['every canary attests', [report(), report({ gatewayId: 'gw-3' })], 0, { step: 'promote', because: 'attested' }],
    [
      'a canary is on a newer one already',
      [report({ appliedVersion: 8 })],
      0,
      { step: 'promote', because: 'attested' },
    ],
    ['one of two is behind', [report(), behind], 0, { step: 'wait', for: ['gw-2'], untilMs }],
    ['the hash differs', [report({ appliedSha256: 'x' })], 0, { step: 'wait', for: ['gw-1'], untilMs }],
    [
      'a canary that has no policy yet',
      [report({ appliedVersion: null, appliedSha256: null })],
      0,
      { step: 'wait', for: ['gw-1'], untilMs },
    ],
    ['the hold ends a moment later', [behind], canaryHoldMs - 1, { step: 'wait', for: ['gw-2'], untilMs }],
    ['the hold has ended', [behind], canaryHoldMs, { step: 'promote', because: 'hold-expired' }],
    [
      'one refuses',
      [report(), { ...behind, refused: { version: 7, reason: 'signature' } }],
      0,
      { step: 'stop', gatewayId: 'gw-2', reason: 'signature' },
    ],
    [
      'one refuses and the hold has ended',
      [{ ...behind, refused: { version: 7, reason: 'signature' } }],
      canaryHoldMs * 10,
      { step: 'stop', gatewayId: 'gw-2', reason: 'signature' },
    ],
    [
      'a refusal of an older version',
      [report({ refused: { version: 6, reason: 'hash' } })],
      0,
      { step: 'promote', because: 'attested' },
    ],
  ])('where %s', (_case, canaries, afterMs, decision) => {
    expect(decidePromotion(version, publishedAt, canaries, publishedAt + afterMs)).toEqual(decision)
  })

  it('holds a version for 30 s at most, and never lets one past a refusal', () => {
    const canary = fc.record({
      gatewayId: fc.string(),
      ring: fc.constant('canary' as const),
      heartbeatAt: fc.nat(),
      appliedVersion: fc.option(fc.integer({ min: 5, max: 9 })),
      appliedSha256: fc.option(fc.constantFrom('seven', 'six')),
      refused: fc.option(fc.record({ version: fc.integer({ min: 6, max: 8 }), reason: fc.string() })),
    })
    fc.assert(
      fc.property(fc.array(canary), fc.nat({ max: 100_000 }), (canaries, afterMs) => {
        const { step } = decidePromotion(version, publishedAt, canaries, publishedAt + afterMs)
        const refused = canaries.some((g) => g.refused?.version === 7)
        expect(step === 'stop').toBe(refused)
        if (afterMs >= canaryHoldMs) expect(step).not.toBe('wait')
      }),
    )
  })
})

describe('gatewayPolicyState', () => {
  const desired = { version: 7, sha256: 'seven', publishedAtMs: publishedAt }
  const since = { sinceMs: publishedAt }
  const refused = { version: 7, reason: 'older' }

  it.each<[string, Partial<GatewayReport>, number, GatewayPolicyState]>([
    ['version and hash agree', {}, 0, { state: 'in-sync' }],
    ['the hash differs', { appliedSha256: 'x' }, 0, { state: 'disagrees', ...since }],
    ['it is two behind', { appliedVersion: 5 }, 0, { state: 'behind', versions: 2, ...since }],
    ['it has none', { appliedVersion: null }, 0, { state: 'behind', versions: 7, ...since }],
    ['it is ahead', { appliedVersion: 8 }, 0, { state: 'disagrees', ...since }],
    ['it refuses', { appliedVersion: 6, refused }, 0, { state: 'refused', ...refused, ...since }],
    ['it took what it had refused', { refused }, 0, { state: 'in-sync' }],
    [
      'it refused an older one',
      { appliedVersion: 5, refused: { version: 6, reason: 'hash' } },
      0,
      { state: 'behind', versions: 2, ...since },
    ],
    ['its heartbeat is as old as may be', {}, awayAfterMs, { state: 'in-sync' }],
    ['its heartbeat is older', {}, awayAfterMs + 1, { state: 'away', sinceMs: publishedAt }],
    ['it is away and behind', { appliedVersion: 5 }, awayAfterMs + 1, { state: 'away', sinceMs: publishedAt }],
  ])('where %s', (_case, given, afterMs, state) => {
    expect(gatewayPolicyState(desired, report(given), publishedAt + afterMs)).toEqual(state)
  })

  it('is in sync while nothing was published, unless it is away', () => {
    expect(gatewayPolicyState(null, behind, publishedAt)).toEqual({ state: 'in-sync' })
    expect(gatewayPolicyState(null, behind, publishedAt + awayAfterMs + 1)).toMatchObject({ state: 'away' })
  })
})
