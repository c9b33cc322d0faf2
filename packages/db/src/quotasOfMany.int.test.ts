// The limits of many tenants at once, as a rollback of the fleet reads and changes them.
import { expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import * as policyVersions from './policyVersions.ts'
import * as quotas from './quota.repository.ts'
import { createTenant, later, noon, policyVersion, revision, useDatabase } from './test/fixtures.ts'

const database = useDatabase(useTestDatabase())

async function tenant(id: string): Promise<string> {
  await createTenant(database.db, id)
  return id
}

it('limits of many tenants change in one step, or not at all if one of them was changed meanwhile', async () => {
  const { db } = database
  const ids = await Promise.all(['many-1', 'many-2', 'many-3'].map(tenant))
  const { limits, changes, tenantId: _id, baseRevision: _base, ...act } = revision()
  const edits = (bases: readonly number[]) =>
    ids.map((tenantId, i) => ({
      tenantId,
      baseRevision: bases[i] ?? 0,
      limits: { ...limits, 'series.activeMax': i + 1 },
      changes,
    }))
  const ofMany = async () =>
    (await db.platform((tx) => quotas.heads(tx))).filter(({ tenantId }) => ids.includes(tenantId))
  await db.platform(async (tx) => {
    await quotas.lockAll(tx)
    await quotas.appendAll(tx, edits([0, 0, 0]), act)
  })
  const after = ids.map((tenantId, i) => ({
    ...{ tenantId, status: 'active', revision: 1, envelope: {} },
    limits: { ...limits, 'series.activeMax': i + 1 },
  }))
  expect(await ofMany()).toEqual(after)
  const [newest] = (await db.tenant('many-2', (tx) => quotas.history(tx, 'many-2', { pageSize: 1 }))).items
  expect(newest).toMatchObject({ ...act, revision: 1, limits: after[1]?.limits, changes })
  const stale = db.platform((tx) => quotas.appendAll(tx, edits([1, 0, 1]), act))
  await expect(stale).rejects.toMatchObject({ name: 'StaleRevision', currentRevision: 1 })
  expect(await ofMany()).toEqual(after)
})

it('limits are locked for everyone else while all are locked, however many lock at once', async () => {
  const { db } = database
  const tenantId = await tenant('locked')
  const log: string[] = []
  const holder = (name: string) =>
    db.platform(async (tx) => {
      await quotas.lockAll(tx)
      log.push(`${name} begins`)
      await quotas.heads(tx)
      log.push(`${name} ends`)
    })
  const edit = db.tenant(tenantId, (tx) => quotas.append(tx, revision({ tenantId })))
  await Promise.all([holder('a'), holder('b'), holder('c'), edit])
  for (let i = 0; i < log.length; i += 2) expect(log[i]?.split(' ')[0]).toBe(log[i + 1]?.split(' ')[0])
})

it('limits that a version holds because of a boost come with their history up to that version', async () => {
  const { db } = database
  const tenantId = await tenant('boosted-then')
  const other = await tenant('never-boosted')
  const carry = (causes: [tenantId: string, revision: number][]) =>
    db.worker(async (tx) => {
      const version = await policyVersions.nextVersion(tx)
      await policyVersions.insert(tx, policyVersion(version))
      const { pending } = await policyVersions.source(tx, noon)
      const carried = pending.filter((of) => causes.some(([id, at]) => of.tenantId === id && of.revision === at))
      await policyVersions.carry(tx, version, carried)
      return version
    })
  await db.platform(async (tx) => {
    await quotas.append(tx, revision({ tenantId }))
    await quotas.append(tx, revision({ tenantId, baseRevision: 1, endsAt: later(60) }))
    await quotas.append(tx, revision({ tenantId: other }))
  })
  const before = await carry([[tenantId, 1]])
  const during = await carry([
    [tenantId, 2],
    [other, 1],
  ])
  await db.worker(async (tx) => {
    await quotas.append(tx, revision({ tenantId, baseRevision: 2, revertsRevision: 2 }))
    await quotas.endBoost(tx, tenantId, 2, later(60))
  })
  const after = await carry([[tenantId, 3]])
  const historyAt = async (version: number) => {
    const found = await db.platform((tx) => quotas.boostHistories(tx, version, [tenantId, other]))
    return [...found].map(([id, history]) => [id, history.map((of) => of.revision)])
  }
  expect(await historyAt(before)).toEqual([])
  expect(await historyAt(during)).toEqual([[tenantId, [1, 2]]])
  expect(await historyAt(after)).toEqual([])
})
