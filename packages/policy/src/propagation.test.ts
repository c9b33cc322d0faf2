import { describe, expect, it } from 'vitest'
import {
  awayAfterMs,
  awaySinceMs,
  type GatewayPolicyState,
  type GatewayReport,
  gatewayPolicyState,
  isGone,
} from './propagation.ts'
import { lateAfterMs } from './shares.ts'

const publishedAt = 1_000_000
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
