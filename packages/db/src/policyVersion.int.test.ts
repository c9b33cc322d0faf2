import { describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import * as gateways from './gateway.repository.ts'
import * as policyVersions from './policyVersions.ts'
import * as quotas from './quota.repository.ts'
import { ann, heartbeat, later, noon, pat, policyVersion, revision, sha256, useDatabase } from './test/fixtures.ts'

const database = useDatabase(useTestDatabase())
const record = (over: Partial<gateways.Heartbeat>, at = noon) =>
  database.db.platform((tx) => gateways.recordHeartbeat(tx, heartbeat(over), at))
const applied = (version: number, seconds = 0) => ({ version, sha256: sha256('a'), appliedAt: later(seconds) })

describe('a policy version', () => {
  it('carries the changes that were saved before it, each once, with who made and who approved it', async () => {
    const { db } = database
    await db.tenant('acme', (tx) => quotas.append(tx, revision()))
    await db.platform((tx) => quotas.append(tx, revision({ tenantId: 'globex', approvedBy: pat, createdAt: later(1) })))
    const { pending, ...source } = await db.worker((tx) => policyVersions.source(tx, noon))
    expect(source.tenants.find((tenant) => tenant.id === 'acme')).toEqual({
      id: 'acme',
      status: 'active',
      limits: revision().limits,
      readers: [],
    })
    const quotaCauses = pending.filter((cause) => cause.kind === 'quota')
    const { changes } = revision()
    const cause = { kind: 'quota', revision: 1, by: ann, changes, reason: 'launch day', tenantChangeId: null }
    expect(quotaCauses).toEqual([
      { ...cause, tenantId: 'acme', savedAt: noon },
      { ...cause, tenantId: 'globex', approvedBy: pat, savedAt: later(1) },
    ])
    const version = await db.worker(async (tx) => {
      const next = await policyVersions.nextVersion(tx)
      await policyVersions.insert(tx, policyVersion(next))
      await policyVersions.carry(tx, next, pending)
      return next
    })
    expect((await db.worker((tx) => policyVersions.source(tx, noon))).pending).toEqual([])
    // A later version read them as pending too, but they stay with the first one.
    await db.worker(async (tx) => {
      const next = await policyVersions.nextVersion(tx)
      await policyVersions.insert(tx, policyVersion(next))
      await policyVersions.carry(tx, next, pending)
    })
    expect((await db.tenant('globex', (tx) => quotas.byRevision(tx, 'globex', 1)))?.policyVersion).toBe(version)
  })

  it('is published step by step, and is superseded by the next one', async () => {
    const { db } = database
    const [first, second] = await db.worker(async (tx) => {
      const numbers = [await policyVersions.nextVersion(tx), await policyVersions.nextVersion(tx)] as const
      for (const number of numbers) await policyVersions.insert(tx, policyVersion(number))
      return numbers
    })
    await db.worker(async (tx) => {
      await policyVersions.updateWave(tx, second, 'canary', { publishedAt: later(1) })
      await policyVersions.update(tx, second, { state: 'publishing', held: 'waits for x' })
      expect(await policyVersions.supersedeBefore(tx, second)).toBeGreaterThan(0)
      expect((await policyVersions.underway(tx)).map(({ version }) => version)).toEqual([second])
    })
    await db.platform(async (tx) => {
      expect((await policyVersions.progress(tx, first))?.state).toBe('superseded')
      const expected = { ...policyVersion(second), state: 'publishing', held: 'waits for x' }
      const waves = [
        { ring: 'canary', holdSeconds: 30, dueAt: noon, publishedAt: later(1), enforcedAt: null },
        { ring: 'fleet', holdSeconds: 30, dueAt: null, publishedAt: null, enforcedAt: null },
      ]
      expect(await policyVersions.latest(tx)).toMatchObject({ ...expected, waves })
      const page = await policyVersions.list(tx, { pageSize: 1 })
      expect(page.items.map(({ version }) => version)).toEqual([second])
      const next = await policyVersions.list(tx, { pageSize: 1, cursor: page.nextCursor })
      expect(next.items.map(({ version }) => version)).toEqual([first])
    })
    await expect(db.worker((tx) => policyVersions.update(tx, 99_999, { held: null }))).rejects.toThrow(
      'no policy version',
    )
  })

  it('is enforced by a gateway from its first attestation of it or of a newer one', async () => {
    await record({ gatewayId: 'way-1', applied: applied(50, 1) }, later(2))
    await record({ gatewayId: 'way-1', applied: applied(52, 5) }, later(6))
    await record({ gatewayId: 'way-2', applied: applied(49, 1) }, later(2))
    const rows = await database.db.platform((tx) => policyVersions.gatewayProgress(tx, [50, 51]))
    const of = (gatewayId: string) =>
      rows.filter((row) => row.gatewayId === gatewayId).map((row) => [row.version, row.enforced])
    const newer = { version: 52, appliedAt: later(5), receivedAt: later(6) }
    expect(of('way-1')).toEqual([
      [50, { version: 50, appliedAt: later(1), receivedAt: later(2) }],
      [51, newer],
    ])
    expect(of('way-2')).toEqual([
      [50, null],
      [51, null],
    ])
  })

  it('lists its first hundred causes, and how many more it has', async () => {
    const { db } = database
    const causes = Array.from({ length: 103 }, (_, i) => ({ ...policyVersion(1).causes[0], tenantId: `t-${i}` }))
    const few = await db.worker(async (tx) => {
      const numbers = [await policyVersions.nextVersion(tx), await policyVersions.nextVersion(tx)] as const
      await policyVersions.insert(tx, policyVersion(numbers[0]))
      await policyVersions.insert(tx, policyVersion(numbers[1], { causes: causes as policyVersions.PolicyCause[] }))
      return policyVersion(numbers[0]).causes
    })
    const { items } = await db.platform((tx) => policyVersions.list(tx, { pageSize: 2 }))
    expect(items.map((item) => [item.causes, item.moreCauses])).toEqual([
      [causes.slice(0, 100), 3],
      [few, 0],
    ])
  })

  it('is saved as the desired version of a ring, apart from the last good one', async () => {
    const { db } = database
    const state = {
      ring: 'fleet',
      version: 1,
      sha256: sha256('a'),
      publishedAt: noon,
      manifest: '{}',
      parameterVersion: 3,
    } as const
    await db.worker(async (tx) => {
      await policyVersions.setDesired(tx, state)
      await policyVersions.setLastGood(tx, 'fleet', 1)
      await policyVersions.setDesired(tx, { ...state, version: 2, parameterVersion: 4 })
    })
    const rings = await db.platform((tx) => policyVersions.ringStates(tx))
    expect(rings).toContainEqual({ ...state, version: 2, parameterVersion: 4, lastGoodVersion: 1 })
    expect(await record({ gatewayId: 'hinted', ring: 'fleet' })).toMatchObject({ desiredVersion: 2 })
  })

  it('is missed by a gateway from the first published version that it did not apply', async () => {
    const { db } = database
    await db.worker(async (tx) => {
      for (const version of [901, 902, 903, 904]) {
        await policyVersions.insert(tx, policyVersion(version))
        await policyVersions.updateWave(tx, version, 'canary', { publishedAt: later(version) })
        // The canary refused this one, so it was not published to the fleet.
        if (version === 902) continue
        await policyVersions.updateWave(tx, version, 'fleet', {
          dueAt: later(version),
          publishedAt: later(version + 10),
        })
      }
      const state = { sha256: sha256('a'), publishedAt: later(999), manifest: '{}', parameterVersion: 9 }
      for (const ring of ['canary', 'fleet'] as const)
        await policyVersions.setDesired(tx, { ...state, ring, version: 904 })
    })
    await record({ gatewayId: 'missed', ring: 'fleet', applied: applied(901) })
    await record({ gatewayId: 'missed-canary', ring: 'canary', applied: applied(901) })
    await record({ gatewayId: 'in-sync', ring: 'fleet', applied: applied(904) })
    await record({ gatewayId: 'new', ring: 'fleet' })
    const { missedSince } = await db.platform((tx) => policyVersions.ringProgress(tx))
    expect(missedSince.get('missed')).toEqual(later(913))
    expect(missedSince.get('missed-canary')).toEqual(later(902))
    expect(missedSince.has('in-sync')).toBe(false)
    expect(missedSince.has('new')).toBe(false)
  })
})
