import { awayAfterMs, type GatewayReport } from '@tickwatch/policy'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decidePromotion, type PromotionDecision, type WaveOnItsWay } from './policy.rules.ts'

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
