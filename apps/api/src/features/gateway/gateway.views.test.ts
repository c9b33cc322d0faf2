import type { Gateway } from '@tickwatch/db'
import { describe, expect, it } from 'vitest'
import { driftViews, isOnItsWay } from '../policy/drift.ts'
import { othersTakenOf, sharesOf } from './gateway.service.ts'
import { attestationView, awaySince, endView, fleetView, type RingTargets } from './gateway.views.ts'
import { isLive, liveSince } from './liveSince.ts'

const now = Date.parse('2026-03-01T12:00:00Z')
const ago = (ms: number) => new Date(now - ms)
const sha256 = 'a'.repeat(64)
const gateway = (gatewayId: string, facts: Partial<Gateway> = {}): Gateway => ({
  gatewayId,
  ring: 'fleet',
  zone: 'a',
  softwareVersion: '1',
  formatsRead: { bundle: 1, manifest: 1 },
  startedAt: ago(9e6),
  heartbeatAt: ago(500),
  leftAt: null,
  lostAt: null,
  endedAt: null,
  applied: { version: 7, sha256, appliedAt: ago(9e6) },
  refused: null,
  unsaved: null,
  cpuRatio: 0,
  memoryBytes: 0,
  samplesPerSecond: 100,
  requestsPerSecond: 1,
  refusedPerSecond: 10,
  activeSeries: 5,
  ...facts,
})
const targets: RingTargets = {
  desires: [{ ring: 'fleet', version: 7, sha256, publishedAt: ago(90_000) }],
  missedSince: new Map(),
  waves: [{ ring: 'fleet', holdSeconds: 30 }],
  processSince: ago(9e6),
}
const behind = { applied: { version: 5, sha256, appliedAt: ago(9e6) } }

const alertAfterMs = 60_000

describe('the fleet', () => {
  it('sums the traffic of live gateways, and counts those that are in sync or away', () => {
    const view = fleetView(
      [gateway('a'), gateway('b', { heartbeatAt: ago(20_000) }), gateway('c', behind)],
      targets,
      now,
      new Map([
        ['a', { requests: 3, queries: 4 }],
        ['b', { requests: 50, queries: 60 }],
      ]),
    )
    expect(view).toMatchObject({ samplesPerSecond: 200, inSync: 1, away: 1 })
    expect(view.refusals).toEqual({ samples: 20, requests: 3, queries: 4 })
    expect(view.gateways.map((g) => g.policyState.state)).toEqual(['in-sync', 'away', 'behind'])
  })
  it('counts a gateway as away as soon as its connection broke, or when it missed two heartbeats', () => {
    const view = fleetView(
      [gateway('a'), gateway('b', { lostAt: ago(100) }), gateway('c', { heartbeatAt: ago(3_001) })],
      targets,
      now,
    )
    expect(view).toMatchObject({
      samplesPerSecond: 100,
      refusals: { samples: 10, requests: 0, queries: 0 },
      inSync: 1,
      away: 2,
    })
    expect(view.gateways.map((g) => g.policyState)).toEqual([
      { state: 'in-sync' },
      { state: 'away', sinceMs: now - 100 },
      { state: 'away', sinceMs: now - 3_001 },
    ])
  })
  it('does not take a gateway for dead because the API restarted', () => {
    const quiet = gateway('a', { heartbeatAt: ago(8_000) })
    const restarted = { ...targets, processSince: ago(5_000) }
    expect(fleetView([quiet], restarted, now)).toMatchObject({ inSync: 1, away: 0 })
    expect(fleetView([quiet], { ...targets, processSince: ago(16_000) }, now)).toMatchObject({ inSync: 0, away: 1 })
  })
  it('counts the figures of the gateways that a tenant’s meters count, and those are the ones that are not away', () => {
    for (const silentMs of [0, 2_999, 3_000, 3_001, 14_000, 16_000]) {
      const one = gateway('a', { heartbeatAt: ago(silentMs) })
      expect(isLive(one, now), `${silentMs} ms`).toBe(one.heartbeatAt >= liveSince(now))
      expect(isLive(one, now), `${silentMs} ms`).toBe(awaySince(one, targets.processSince, now) === null)
    }
    expect(isLive(gateway('a', { lostAt: ago(100) }), now)).toBe(false)
    expect(isLive(gateway('a', { leftAt: ago(100) }), now)).toBe(false)
  })
  it('shows no figure of a gateway that is not live: the last ones are not those of now', () => {
    const gone = [gateway('b', { lostAt: ago(100) }), gateway('c', { heartbeatAt: ago(3_001) })]
    const { gateways } = fleetView([gateway('a'), ...gone], targets, now, new Map([['b', { requests: 3, queries: 4 }]]))
    const unknown = {
      ...{ samplesPerSecond: null, requestsPerSecond: null, refusals: null },
      ...{ activeSeries: null, cpuRatio: null, memoryBytes: null },
    }
    expect(gateways).toMatchObject([{ samplesPerSecond: 100, activeSeries: 5 }, unknown, unknown])
  })
  it('has unknown traffic, not 0, while no gateway has reported since the API restarted', () => {
    const restarted = { ...targets, processSince: ago(500) }
    const view = fleetView([gateway('a', { heartbeatAt: ago(1_800_000) })], restarted, now)
    expect(view).toMatchObject({ inSync: 1, samplesPerSecond: null, refusals: null })
    expect(fleetView([gateway('a', { samplesPerSecond: 0 })], targets, now).samplesPerSecond).toBe(0)
  })
  it.each<[string, Partial<Gateway>, ReturnType<typeof endView>]>([
    ['drained', { leftAt: ago(500) }, { how: 'drained', at: ago(500).toISOString() }],
    [
      'ended with its instance',
      { endedAt: ago(500), lostAt: ago(19_000) },
      { how: 'instance-ended', at: ago(500).toISOString() },
    ],
  ])('does not include a gateway that %s, which is not drift either; its page says so', (_how, facts, end) => {
    const ended = gateway('a', { heartbeatAt: ago(20_000), ...facts })
    expect(fleetView([ended], targets, now)).toMatchObject({ gateways: [], away: 0 })
    expect(driftViews([ended], targets, now, alertAfterMs)).toEqual([])
    expect([endView(ended), endView(gateway('b'))]).toEqual([end, null])
  })
  it('forgets a gateway that was silent for an hour', () => {
    expect(fleetView([gateway('a', { heartbeatAt: ago(3_600_000) })], targets, now).gateways).toEqual([])
  })
})

describe('drift', () => {
  it('names each gateway that does not enforce its ring’s manifest, and alerts once that has lasted', () => {
    const drift = driftViews(
      [gateway('a'), gateway('b', behind), gateway('c', { heartbeatAt: ago(20_000) })],
      targets,
      now,
      alertAfterMs,
    )
    expect(drift).toEqual([
      {
        gatewayId: 'b',
        ring: 'fleet',
        state: 'behind',
        detail: 'It is 2 versions behind.',
        since: ago(90_000).toISOString(),
        alerted: true,
      },
      {
        gatewayId: 'c',
        ring: 'fleet',
        state: 'away',
        detail: 'It sends no heartbeat.',
        since: ago(20_000).toISOString(),
        alerted: false,
      },
    ])
  })

  it('names why a gateway cannot attest a version that it enforces', () => {
    const unsaved = { version: 7, reason: 'ENOSPC: no space left on device', at: ago(1_000) }
    expect(driftViews([gateway('b', { ...behind, unsaved })], targets, now, alertAfterMs)).toMatchObject([
      { state: 'unsaved', detail: 'It enforces v7 but can’t save it: ENOSPC: no space left on device.' },
    ])
  })

  it('counts from the first version that was missed: later ones do not delay the alert', () => {
    const desires = [{ ring: 'fleet', version: 7, sha256, publishedAt: ago(2_000) }]
    const missedSince = new Map([['b', ago(70_000)]])
    expect(driftViews([gateway('b', behind)], { ...targets, desires, missedSince }, now, alertAfterMs)).toMatchObject([
      { since: ago(70_000).toISOString(), alerted: true },
    ])
  })
  it.each([
    [90_001, false],
    [90_000, true],
  ])('that has lasted for 90 s, with an alert after %d ms: %s', (alertAfter, alerted) => {
    expect(driftViews([gateway('b', behind)], targets, now, alertAfter)).toMatchObject([{ alerted }])
  })
  it.each([
    ['behind', 9_999, true],
    ['behind', 10_000, false],
    ['refused', 1, false],
    ['away', 1, false],
  ] as const)('that is %s for %d ms is only a version on its way: %s', (state, ms, onItsWay) => {
    const drift = { gatewayId: 'b', ring: 'fleet', state, detail: '', since: ago(ms).toISOString(), alerted: false }
    expect(isOnItsWay(drift, now)).toBe(onItsWay)
  })
  it('names a gateway whose ring is in no wave, unless it is away', () => {
    const lost = gateway('b', { ring: 'early', startedAt: ago(70_000) })
    const detail = 'Its ring early is in no wave, so it gets no new policy.'
    const since = ago(70_000).toISOString()
    expect(driftViews([lost], targets, now, alertAfterMs)).toMatchObject([
      { ring: 'early', state: 'no-wave', detail, since, alerted: true },
    ])
    const restarted = { ...targets, processSince: ago(5_000) }
    expect(driftViews([lost], restarted, now, alertAfterMs)).toMatchObject([
      { since: ago(5_000).toISOString(), alerted: false },
    ])
    const away = { ...lost, heartbeatAt: ago(20_000) }
    expect(driftViews([away], targets, now, alertAfterMs)).toMatchObject([{ state: 'away' }])
    expect(fleetView([lost], targets, now)).toMatchObject({
      inSync: 0,
      gateways: [{ policyState: { state: 'no-wave' } }],
    })
  })
  it('of a gateway that has just started and has no policy yet counts from its start', () => {
    const fresh = gateway('b', { applied: null, startedAt: ago(1_000) })
    expect(driftViews([fresh], targets, now, alertAfterMs)).toMatchObject([
      { since: ago(1_000).toISOString(), alerted: false },
    ])
  })
})

it('an attestation’s time counts from the saved change, even if the gateway’s clock is wrong', () => {
  const attested = { version: 7, sha256, receivedAt: ago(1_000), savedAt: ago(3_000) }
  expect(attestationView({ ...attested, appliedAt: ago(1_500) }).enforcedMs).toBe(1_500)
  expect(attestationView({ ...attested, appliedAt: ago(-60_000) }).enforcedMs).toBe(2_000)
  expect(attestationView({ ...attested, appliedAt: ago(60_000) }).enforcedMs).toBe(0)
})

describe('shares', () => {
  const demand = (gatewayId: string, samplesPerSecond: number) => ({
    gatewayId,
    samplesPerSecond,
    requestsPerSecond: 1,
    activeSeries: 1,
    queriesPerSecond: 4,
  })

  const saw = (demandSamplesPerSecond: number) => ({
    ...{ demandSamplesPerSecond, demandRequestsPerSecond: 1, demandSeries: 1, demandQueriesPerSecond: 12 },
    ...{ samplesPerSecond: 0, requestsPerSecond: 0, activeSeries: 0, refusedPerSecond: {} },
  })

  it('are only of the tenants that the gateway sees, however many the others see', () => {
    const read = new Map([
      ['acme', [demand('a', 50)]],
      ['globex', [demand('a', 50)]],
    ])
    expect(Object.keys(sharesOf('b', 2, read, { acme: saw(50) }))).toEqual(['acme'])
  })
  it('of a tenant with one connection are the whole limit', () => {
    const own = { acme: saw(50) }
    expect(sharesOf('a', 2, new Map([['acme', [demand('a', 50)]]]), own).acme?.samples).toBe(1)
  })
  it('of a tenant that only another gateway sees are a small reserve', () => {
    const own = { acme: { ...saw(0), demandQueriesPerSecond: 3 } }
    const { acme } = sharesOf('b', 3, new Map([['acme', [demand('a', 50)]]]), own)
    expect(acme?.samples).toBeCloseTo(0.01)
  })
  it('come with what the other gateways took, unless one of them does not report it', () => {
    const taken = (samples: number) => ({ samples, requests: 2, queries: 1 })
    const read = new Map([
      [
        'acme',
        [
          { ...demand('a', 50), taken: taken(7) },
          { ...demand('b', 50), taken: taken(1_000) },
          { ...demand('c', 1), taken: taken(5) },
        ],
      ],
      ['globex', [{ ...demand('a', 50), taken: taken(7) }, demand('c', 1)]],
    ])
    const own = { acme: saw(1), globex: saw(1), initech: saw(1) }
    expect(othersTakenOf('b', read, own)).toEqual({
      acme: { samples: 12, requests: 4, queries: 2 },
      initech: { samples: 0, requests: 0, queries: 0, queriesAtOnce: 0 },
    })
  })
  it('include a gateway at its first heartbeat', () => {
    expect(sharesOf('new', 1, new Map(), { acme: saw(50) }).acme?.samples).toBe(1)
  })
  it('use the demand in the heartbeat itself, not what was read before it', () => {
    const read = new Map([['acme', [demand('a', 50), demand('b', 1)]]])
    const shares = sharesOf('b', 2, read, { acme: saw(150), globex: saw(10) })
    expect(shares.acme?.samples).toBe(0.75)
    expect(shares.acme?.queries).toBe(0.75)
    expect(shares.globex?.samples).toBe(1)
  })
})
