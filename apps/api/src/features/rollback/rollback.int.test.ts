// A rollback of the fleet on real Postgres: what comes back, what does not, and what happens if limits change meanwhile.
import { gunzipSync } from 'node:zlib'
import { policyVersions, quotas } from '@tickwatch/db'
import { parseBundle, parseManifest } from '@tickwatch/policy'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { coded, rate, soon, startWithPeople } from '../../testing/people.ts'
import { type Client, seedTenant } from '../../testing/testApi.ts'

const urls = useTestDatabase()
let at: Awaited<ReturnType<typeof startWithPeople>>
let acme: Client
let globex: Client
/** The version to which the tests roll back. */
let good: number

beforeAll(async () => {
  at = await startWithPeople(openCertificateAuthority, urls)
  await seedTenant(at.api.db, 'globex', { [rate]: { min: 1, max: 100_000 } })
  acme = at.owner
  globex = await at.api.as({ sub: 'gil', groups: ['globex-admins'] }, 'globex')
})
afterAll(() => at.stop())

const headOf = async (tenant: Client) => {
  const { revision, resolved } = await tenant.quota.current.query()
  return { revision, rate: resolved[rate] }
}
async function edit(tenant: Client, value: number, boost: { endsAt?: string } = {}): Promise<number> {
  const { revision: baseRevision } = await headOf(tenant)
  const made = await tenant.quota.propose.mutate({
    limits: { [rate]: value },
    reason: 'an edit',
    baseRevision,
    ...boost,
  })
  return made.outcome === 'applied' ? made.revision : expect.fail('outside the envelope')
}
/** The version that carries a change, once it is compiled. */
const versionOf = (tenant: Client, followed: { revision: number } | { readerChange: number }) =>
  vi.waitFor(async () => (await tenant.policy.propagation.query(followed)).version ?? expect.fail('not compiled'), soon)
const preview = (version: number) => at.platform.rollback.preview.query({ version })
const rollBack = (version: number, fingerprint: string) =>
  at.platform.rollback.run.mutate({
    ...{ version, preview: fingerprint, confirm: `v${version}` },
    reason: 'the new limits refuse too much',
  })
const events = async (action: string) => (await at.auditor.audit.list.query({ action })).items
/** The newest policy in the first ring. */
function policyNow() {
  const { version, location } = parseManifest(at.api.manifest('canary') ?? '{}')
  if (location.kind !== 'inline') throw new Error('the bundle of a test is small')
  const json = gunzipSync(Buffer.from(location.gzipBase64, 'base64')).toString()
  return { version, tenants: parseBundle(json, 'test').tenants }
}

describe('a rollback of the fleet', () => {
  it('gives every tenant its limits back, in a new version, and neither a revoked token nor a suspension', async () => {
    await edit(globex, 2_000)
    await edit(acme, 1_000)
    const { reader } = await acme.reader.create.mutate({ name: 'leaked', expiresInDays: 9 })
    // The version has a boost of acme, which ends before the rollback.
    const boost = await edit(acme, 4_000, { endsAt: new Date(Date.now() + 2_500).toISOString() })
    good = await versionOf(acme, { revision: boost })
    await vi.waitFor(() => expect(policyNow().version).toBe(good), soon)
    expect(policyNow().tenants.get('acme')).toMatchObject({ limits: { [rate]: 4_000 }, readers: [{ name: 'leaked' }] })

    await vi.waitFor(async () => expect(await headOf(acme)).toEqual({ revision: boost + 1, rate: 1_000 }), soon)
    const revoked = await acme.reader.revoke.mutate({ id: reader.id, confirm: 'leaked' })
    await edit(acme, 9_000)
    await edit(globex, 8_000)
    await at.platform.tenant.create.mutate({ id: 'hooli', name: 'hooli games', plan: 'indie' })
    await at.platform.tenant.suspend.mutate({ id: 'globex', reason: 'does not pay', confirm: 'globex' })
    await versionOf(acme, { readerChange: revoked.change })

    const seen = await preview(good)
    expect(seen).toMatchObject({
      version: good,
      changed: {
        total: 2,
        items: [
          { tenantId: 'acme', changes: [{ limit: rate, from: 9_000, to: 1_000 }], outside: [] },
          { tenantId: 'globex', changes: [{ limit: rate, from: 8_000, to: 2_000 }], outside: [] },
        ],
      },
      createdSince: { items: ['hooli'], total: 1 },
      suspendedSince: { items: ['globex'], total: 1 },
      resumedSince: { total: 0 },
      defaultsSince: [],
    })
    const done = await rollBack(good, seen.fingerprint)
    expect(done).toEqual({ tenants: 2, follow: { tenantId: 'acme', revision: boost + 3 } })

    const made = await versionOf(acme, { revision: done.follow.revision })
    expect(made).toBeGreaterThan(good)
    await vi.waitFor(() => expect(policyNow().version).toBe(made), soon)
    const { tenants } = policyNow()
    expect(tenants.get('acme')).toEqual({ status: 'active', limits: { [rate]: 1_000 } })
    expect(tenants.get('globex')).toEqual({ status: 'suspended', limits: { [rate]: 2_000 } })
    expect(tenants.has('hooli')).toBe(true)
    await expect(acme.reader.list.query()).resolves.toMatchObject({ items: [] })
  })

  it('is in each tenant’s history and audit log with who and why, and in the platform’s once', async () => {
    const reason = `rolled back to policy version ${good}: the new limits refuse too much`
    for (const tenant of [acme, globex]) {
      const [newest] = (await tenant.quota.history.query({})).items
      expect(newest).toMatchObject({ reason, by: { name: 'tomas' }, approvedBy: null })
    }
    expect(await events('policy.rollBack')).toMatchObject([
      { target: `v${good}`, tenantId: null, actor: 'tomas', after: { version: good, tenants: 2 } },
    ])
    const ofTenants = await events('quota.rollBack')
    expect(ofTenants.map(({ tenantId }) => tenantId).sort()).toEqual(['acme', 'globex'])
    expect(ofTenants.find(({ tenantId }) => tenantId === 'globex')).toMatchObject({
      reason,
      before: { limits: { [rate]: 8_000 } },
      after: { limits: { [rate]: 2_000 } },
    })
    expect(JSON.stringify((await globex.quota.history.query({})).items)).not.toContain('acme')
    expect(await at.auditor.audit.verify.query({ now: true })).toMatchObject({ intact: true })
  })

  it('has nothing to do afterwards, and later edits work on top of it', async () => {
    const again = await preview(good)
    expect(again.changed).toEqual({ items: [], total: 0 })
    await expect(rollBack(good, again.fingerprint)).rejects.toMatchObject(coded('nothing-changes'))
    await edit(acme, 1_234)
    expect((await headOf(acme)).rate).toBe(1_234)
  })

  it('changes nothing if a limit changed after the preview, and says so', async () => {
    await edit(globex, 3_000)
    const seen = await preview(good)
    await edit(acme, 5_678)
    const before = [await headOf(acme), await headOf(globex), await events('policy.rollBack')]
    await expect(rollBack(good, seen.fingerprint)).rejects.toMatchObject({
      ...coded('rollback-conflict'),
      message: expect.stringContaining('Nothing was rolled back'),
    })
    expect([await headOf(acme), await headOf(globex), await events('policy.rollBack')]).toEqual(before)
  })

  it('applies once if two people press at the same time', async () => {
    const { fingerprint } = await preview(good)
    const pressed = await Promise.allSettled([rollBack(good, fingerprint), rollBack(good, fingerprint)])
    const lost = pressed.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
    expect(lost).toMatchObject([coded('rollback-conflict')])
    expect([await headOf(acme), await headOf(globex)]).toMatchObject([{ rate: 1_000 }, { rate: 2_000 }])
  })

  it('waits for an edit that is being saved, and then changes nothing, because the preview did not have it', async () => {
    await edit(acme, 7_000)
    const { fingerprint } = await preview(good)
    const { revision: baseRevision } = await headOf(acme)
    let pressed: Promise<unknown> = Promise.resolve()
    const limits = { [rate]: 7_001 }
    const saved = at.api.db.tenant('acme', async (tx) => {
      await quotas.append(tx, {
        ...{ tenantId: 'acme', baseRevision, limits, changes: [{ limit: rate, from: 7_000, to: 7_001 }] },
        ...{ createdAt: new Date(), by: { subject: 'mara', name: 'mara' }, approvedBy: null, reason: 'an edit' },
        ...{ endsAt: null, revertsRevision: null, changeRequestId: null },
      })
      pressed = rollBack(good, fingerprint).catch((error: unknown) => error)
      await vi.waitFor(async () => expect(await lockWaits()).toBe(1), soon)
    })
    await saved
    expect(await pressed).toMatchObject(coded('rollback-conflict'))
    expect(await headOf(acme)).toEqual({ revision: baseRevision + 1, rate: 7_001 })
  })
})

/** How many statements of the platform wait for a lock of another one. */
async function lockWaits(): Promise<number> {
  const client = new pg.Client({ connectionString: urls.admin })
  await client.connect()
  const { rowCount } = await client
    .query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tickwatch-platform'
       AND wait_event_type = 'Lock'`,
    )
    .finally(() => client.end())
  return rowCount ?? 0
}

describe('a version', () => {
  it('that a gateway refused is not one to roll back to', async () => {
    const refused = await versionOf(acme, { revision: await edit(acme, 6_000) })
    const published = async () => (await at.auditor.policy.rings.query()).map(({ desiredVersion }) => desiredVersion)
    await vi.waitFor(async () => expect(await published()).toEqual([refused, refused]), soon)
    await at.api.db.worker((tx) => policyVersions.update(tx, refused, { state: 'refused' }))
    await expect(preview(refused)).rejects.toMatchObject(coded('version-refused'))
  })

  it('that does not exist is not found, and one that was not typed changes nothing', async () => {
    await expect(preview(999_999)).rejects.toMatchObject(coded('policy-version-not-found'))
    const { fingerprint } = await preview(good)
    const slip = at.platform.rollback.run.mutate({
      ...{ version: good, preview: fingerprint, reason: 'a slip', confirm: 'v1' },
    })
    await expect(slip).rejects.toMatchObject(coded('input-invalid'))
  })
})
