import type { GatewayPolicyState } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import { type Fleet, fleetKind, fleetSentence, type Gateway, policyStateText } from './fleet.ts'

const now = 1_000_000
const gateway = (gatewayId: string, policyState: GatewayPolicyState, appliedVersion = 128): Gateway => ({
  gatewayId,
  ring: 'fleet',
  zone: 'us-east-1a',
  softwareVersion: '0.1.0',
  startedAt: '2026-11-23T17:00:00Z',
  heartbeatAt: '2026-11-23T17:04:00Z',
  desiredVersion: 128,
  appliedVersion,
  appliedSha256: null,
  policyState,
  samplesPerSecond: 0,
  requestsPerSecond: 0,
  refusals: { samples: 0, requests: 0, queries: 0 },
  activeSeries: 0,
  cpuRatio: 0,
  memoryBytes: 0,
})
const fleet = (gateways: Gateway[], refused: Partial<Fleet['refusals']> = {}): Fleet => ({
  gateways,
  samplesPerSecond: 52_300,
  refusals: { samples: 0, requests: 0, queries: 0, ...refused },
  inSync: gateways.filter((g) => g.policyState.state === 'in-sync').length,
  away: 0,
})

describe('the policy state of a gateway', () => {
  it.each([
    [{ state: 'in-sync' }, 'good', 'in sync'],
    [{ state: 'behind', versions: 1, sinceMs: now - 9_999 }, 'info', 'gets a new version'],
    [{ state: 'behind', versions: 1, sinceMs: now - 10_000 }, 'warning', '1 behind for 10 s'],
    [{ state: 'refused', version: 127, reason: 'signature', sinceMs: now }, 'bad', 'refused v127: signature'],
    [
      { state: 'unsaved', version: 127, reason: 'ENOSPC: no space left', sinceMs: now },
      'warning',
      'enforces v127 but can’t save it: ENOSPC: no space left',
    ],
    [{ state: 'away', sinceMs: now - 120_000 }, 'bad', 'away for 2 min'],
    [{ state: 'no-wave', sinceMs: now }, 'bad', 'gets no new policy: its ring is in no wave'],
  ] as const)('says %o', (state, kind, text) => {
    expect(policyStateText(state, now)).toEqual({ kind, text })
  })
})

describe('the sentence of the fleet', () => {
  const good = { state: 'in-sync' } as const
  it('says that all is well, with the version and the traffic', () => {
    expect(fleetSentence(fleet([gateway('gateway-1', good), gateway('gateway-2', good)]), now)).toBe(
      'Both gateways enforce policy version 128; 52.3 k samples/s pass through, nothing is refused.',
    )
  })
  it('names the gateway that lags and says why', () => {
    const behind = { state: 'behind', versions: 1, sinceMs: now - 14_000 } as const
    expect(
      fleetSentence(fleet([gateway('gateway-1', good), gateway('gateway-2', behind, 127)], { samples: 1_204 }), now),
    ).toBe(
      '1 of 2 gateways in sync: gateway-2 is 1 behind for 14 s; 52.3 k samples/s pass through, 1.2 k samples/s are refused.',
    )
  })
  it('tells requests and queries from samples: nobody knows how many samples the requests of a suspended tenant hold', () => {
    expect(fleetSentence(fleet([gateway('gateway-1', good)], { requests: 30 }), now)).toBe(
      'The one gateway enforces policy version 128; 52.3 k samples/s pass through, 30 requests/s are refused.',
    )
    expect(
      fleetSentence(fleet([gateway('gateway-1', good)], { samples: 1_204, requests: 30, queries: 2 }), now),
    ).toContain('1.2 k samples/s, 30 requests/s and 2 queries/s are refused.')
  })
  it('does not warn while a new version has not had the time to reach every gateway', () => {
    const next = { state: 'behind', versions: 1, sinceMs: now - 300 } as const
    const view = fleet([gateway('gateway-1', good), gateway('gateway-2', next, 127)])
    expect(fleetSentence(view, now)).toBe(
      'A new policy version is on its way to gateway-2; 52.3 k samples/s pass through, nothing is refused.',
    )
    expect([fleetKind(view, now), fleetKind(view, now + 10_000)]).toEqual(['info', 'warning'])
  })
  it('names a gateway whose ring is in no wave', () => {
    const lost = { state: 'no-wave', sinceMs: now } as const
    expect(fleetSentence(fleet([gateway('gateway-1', good), gateway('gateway-2', lost)]), now)).toContain(
      '1 of 2 gateways in sync: gateway-2 is in a ring that is in no wave; ',
    )
  })
  it('does not list a whole broken fleet', () => {
    const away = { state: 'away', sinceMs: now - 20_000 } as const
    const gateways = [1, 2, 3, 4, 5].map((n) => gateway(`gateway-${n}`, away))
    expect(fleetSentence({ ...fleet(gateways), samplesPerSecond: null, refusals: null }, now)).toMatch(
      /gateway-3 is away for 20 s and 2 others too; what passes through is unknown\.$/,
    )
  })
  it('says that gateways have no policy yet', () => {
    expect(fleetSentence(fleet([gateway('gateway-1', good, 0)]), now)).toMatch(
      /^The one gateway enforces no policy yet;/,
    )
  })
  it('says that no gateway has reported', () => {
    expect(fleetSentence(fleet([]), now)).toBe('No gateway has reported yet.')
  })
})
