import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  awayAfterMs,
  awaySinceMs,
  decidePromotion,
  type GatewayPolicyState,
  type GatewayReport,
  gatewayPolicyState,
  isGone,
  type PromotionDecision,
  type WaveOnItsWay,
} from './propagation.ts'
import { lateAfterMs } from './shares.ts'

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
const holdMs = 30_000
const untilMs = publishedAt + holdMs
const stop = (gatewayId: string) => ({ step: 'stop', gatewayId, reason: 'signature' }) as const

describe('decidePromotion', () => {
  const other = (ring: string, given: Partial<GatewayReport> = {}) =>
    report({ gatewayId: `gw-${ring}`, ring, ...given })
  const old = { appliedVersion: 6, appliedSha256: 'six' }
  const refuses = { ...old, refused: { version: 7, reason: 'signature' } }
  /** The waves in their order. A `*` after the name means that the version is published to its ring. */
  const way = (...names: string[]): WaveOnItsWay[] =>
    names.map((name) => ({
      ring: name.replace('*', ''),
      holdSeconds: 30,
      heldSinceMs: name.endsWith('*') ? publishedAt : null,
    }))
  const to = (ring: string, because: 'attested' | 'no-gateway' | 'hold-expired') =>
    ({ step: 'promote', ring, because }) as const
  const two = way('canary*', 'fleet')
  const three = way('canary*', 'early*', 'fleet')
  const four = way('canary*', 'early*', 'half', 'fleet')

  it.each<[string, WaveOnItsWay[], GatewayReport[], number, PromotionDecision | null]>([
    ['there is only one wave', way('fleet*'), [other('fleet')], 0, null],
    ['there is only one wave, and a gateway refuses', way('fleet*'), [other('fleet', refuses)], 0, null],
    ['no wave is published yet', way('canary', 'fleet'), [report()], 0, null],
    ['the last of two waves is published', way('canary*', 'fleet*'), [report()], 0, null],
    ['there is no canary', two, [], 0, to('fleet', 'no-gateway')],
    ['every canary attests', two, [report(), report({ gatewayId: 'gw-3' })], 0, to('fleet', 'attested')],
    ['a canary already enforces a newer version', two, [report({ appliedVersion: 8 })], 0, to('fleet', 'attested')],
    ['a gateway of the next wave is behind', two, [report(), other('fleet', old)], 0, to('fleet', 'attested')],
    ['one of two is behind', two, [report(), behind], 0, { step: 'wait', for: ['gw-2'], untilMs }],
    ['the hash differs', two, [report({ appliedSha256: 'x' })], 0, { step: 'wait', for: ['gw-1'], untilMs }],
    [
      'a canary has no policy yet',
      two,
      [report({ appliedVersion: null, appliedSha256: null })],
      0,
      { step: 'wait', for: ['gw-1'], untilMs },
    ],
    ['the hold ends a moment later', two, [behind], holdMs - 1, { step: 'wait', for: ['gw-2'], untilMs }],
    ['the hold has ended', two, [behind], holdMs, to('fleet', 'hold-expired')],
    [
      'the wave has a longer hold',
      [{ ring: 'canary', holdSeconds: 60, heldSinceMs: publishedAt }, ...way('fleet')],
      [behind],
      holdMs,
      { step: 'wait', for: ['gw-2'], untilMs: publishedAt + 60_000 },
    ],
    ['one refuses', two, [report(), other('canary', refuses)], 0, stop('gw-canary')],
    ['one refuses and the hold has ended', two, [other('canary', refuses)], holdMs * 10, stop('gw-canary')],
    [
      'a gateway refused an older version',
      two,
      [report({ refused: { version: 6, reason: 'hash' } })],
      0,
      to('fleet', 'attested'),
    ],
    ['the second of three attests', three, [report(), other('early')], 0, to('fleet', 'attested')],
    ['the second of three has no gateway', three, [report()], 0, to('fleet', 'no-gateway')],
    [
      'the second of three is behind, the first attests',
      three,
      [report(), other('early', old)],
      0,
      { step: 'wait', for: ['gw-early'], untilMs },
    ],
    [
      'the hold of the first of three has ended and its gateway is still behind',
      three,
      [behind, other('early')],
      0,
      to('fleet', 'attested'),
    ],
    [
      'the first of three refuses after the second is published',
      three,
      [other('canary', refuses), other('early')],
      0,
      stop('gw-canary'),
    ],
    ['only the first of three is published', way('canary*', 'early', 'fleet'), [report()], 0, to('early', 'attested')],
    ['the second of four attests', four, [report(), other('early')], 0, to('half', 'attested')],
    ['the second of four refuses', four, [report(), other('early', refuses)], 0, stop('gw-early')],
    ['the hold of the second of four has ended', four, [other('early', old)], holdMs, to('half', 'hold-expired')],
    [
      'a gateway of a later wave refuses the version before its ring has it',
      four,
      [report(), other('early'), other('fleet', refuses)],
      0,
      to('half', 'attested'),
    ],
    ["a gateway's ring is in no wave", two, [report(), other('lab', old)], 0, to('fleet', 'attested')],
  ])('if %s', (_case, waves, gateways, afterMs, decision) => {
    expect(decidePromotion(version, waves, gateways, publishedAt + afterMs, 0)).toEqual(decision)
  })

  it.each<[string, Partial<GatewayReport>, number, PromotionDecision]>([
    ['has not reported since', {}, awayAfterMs - 1, { step: 'wait', for: ['gw-2'], untilMs: holdMs + awayAfterMs }],
    ['has not reported in time', {}, awayAfterMs, to('fleet', 'hold-expired')],
    ['reported that it is still behind', { heartbeatAt: publishedAt + holdMs }, 0, to('fleet', 'hold-expired')],
  ])('if this process began to listen when the hold ended, and the gateway %s', (_case, given, afterMs, decision) => {
    const listeningSince = publishedAt + holdMs
    const expected = decision.step === 'wait' ? { ...decision, untilMs: publishedAt + decision.untilMs } : decision
    const gateways = [{ ...behind, ...given }]
    expect(decidePromotion(version, two, gateways, listeningSince + afterMs, listeningSince)).toEqual(expected)
  })

  it('waits at most for the wave’s hold, and never promotes a refused version', () => {
    const gateway = fc.record({
      gatewayId: fc.string(),
      ring: fc.constantFrom('a', 'b', 'c', 'd', 'none'),
      heartbeatAt: fc.nat(),
      appliedVersion: fc.option(fc.integer({ min: 5, max: 9 })),
      appliedSha256: fc.option(fc.constantFrom('seven', 'six')),
      refused: fc.option(fc.record({ version: fc.integer({ min: 6, max: 8 }), reason: fc.string() })),
    })
    const counts = fc.integer({ min: 1, max: 4 }).chain((count) => fc.tuple(fc.constant(count), fc.nat({ max: count })))
    fc.assert(
      fc.property(fc.array(gateway), counts, fc.nat({ max: 100_000 }), (gateways, [count, publishedCount], afterMs) => {
        const names = ['a', 'b', 'c', 'd'].slice(0, count)
        const waves = way(...names.map((name, i) => (i < publishedCount ? `${name}*` : name)))
        const decision = decidePromotion(version, waves, gateways, publishedAt + afterMs, 0)
        if (publishedCount === 0 || publishedCount === count) {
          expect(decision).toBeNull()
          return
        }
        const refused = gateways.some(
          (g) => g.refused?.version === 7 && names.slice(0, publishedCount).includes(g.ring),
        )
        expect(decision?.step === 'stop').toBe(refused)
        if (afterMs >= holdMs) expect(decision?.step).not.toBe('wait')
        if (decision?.step === 'promote') expect(decision.ring).toBe(names[publishedCount])
      }),
    )
  })
})

describe('gatewayPolicyState', () => {
  const desired = { version: 7, sha256: 'seven', publishedAtMs: publishedAt }
  const since = { sinceMs: publishedAt }
  const refused = { version: 7, reason: 'older' }
  const unsaved = { version: 7, reason: 'EISDIR: illegal operation on a directory' }

  it.each<[string, Partial<GatewayReport>, GatewayPolicyState]>([
    ['version and hash agree', {}, { state: 'in-sync' }],
    ['the hash differs', { appliedSha256: 'x' }, { state: 'disagrees', ...since }],
    ['it is two behind', { appliedVersion: 5 }, { state: 'behind', versions: 2, ...since }],
    ['it has none', { appliedVersion: null }, { state: 'behind', versions: 7, ...since }],
    ['it is ahead', { appliedVersion: 8 }, { state: 'disagrees', ...since }],
    ['it refuses', { appliedVersion: 6, refused }, { state: 'refused', ...refused, ...since }],
    ['it enforces but can’t save it', { appliedVersion: 6, unsaved }, { state: 'unsaved', ...unsaved, ...since }],
    ['it could not save it at first', { unsaved }, { state: 'in-sync' }],
    [
      'it could not save an older one',
      { appliedVersion: 5, unsaved: { ...unsaved, version: 6 } },
      { state: 'behind', versions: 2, ...since },
    ],
    ['it enforces a version that it refused before', { refused }, { state: 'in-sync' }],
    [
      'it refused an older one',
      { appliedVersion: 5, refused: { version: 6, reason: 'hash' } },
      { state: 'behind', versions: 2, ...since },
    ],
  ])('if %s', (_case, given, state) => {
    expect(gatewayPolicyState(desired, report(given), null)).toEqual(state)
  })

  it('is away, whatever it enforced before', () => {
    expect(gatewayPolicyState(desired, report(), 5)).toEqual({ state: 'away', sinceMs: 5 })
    expect(gatewayPolicyState(desired, report({ appliedVersion: 5 }), 5)).toEqual({ state: 'away', sinceMs: 5 })
    expect(gatewayPolicyState(null, behind, 5)).toEqual({ state: 'away', sinceMs: 5 })
  })

  it('is in sync while nothing is published', () => {
    expect(gatewayPolicyState(null, behind, null)).toEqual({ state: 'in-sync' })
  })
})

describe('awaySinceMs', () => {
  const heartbeatAtMs = 100_000
  it.each<[string, { lostAtMs?: number; afterMs: number; listeningSinceMs?: number }, number | null]>([
    ['its heartbeat is new', { afterMs: 900 }, null],
    ['it may have missed two heartbeats', { afterMs: lateAfterMs }, null],
    ['it missed two heartbeats', { afterMs: lateAfterMs + 1 }, heartbeatAtMs],
    ['its connection broke and no heartbeat followed', { afterMs: 1_200, lostAtMs: 100_007 }, 100_007],
    ['the API restarted, and it has not reported since', { afterMs: 9_000, listeningSinceMs: 105_000 }, null],
    [
      'it has not reported for long after the API restarted',
      { afterMs: 5_001 + awayAfterMs, listeningSinceMs: 105_000 },
      heartbeatAtMs,
    ],
    [
      'it reported after the API restarted, and then no more',
      { afterMs: lateAfterMs + 1, listeningSinceMs: 99_000 },
      heartbeatAtMs,
    ],
  ])('if %s', (_case, { lostAtMs = null, afterMs, listeningSinceMs = 0 }, since) => {
    expect(awaySinceMs({ heartbeatAtMs, lostAtMs }, heartbeatAtMs + afterMs, listeningSinceMs)).toBe(since)
  })
})

describe('isGone', () => {
  it.each<[silentSeconds: number, holdSeconds: number, gone: boolean]>([
    [0, 0, false],
    [599, 0, false],
    [600, 0, true],
    [599, 30, false],
    [600, 30, true],
    [600, 900, false],
    [899, 900, false],
    [900, 900, true],
  ])('if it is silent for %i s and the hold is %i s: %s', (silentSeconds, holdSeconds, gone) => {
    expect(isGone(1_000, holdSeconds, 1_000 + silentSeconds * 1_000)).toBe(gone)
  })
})
