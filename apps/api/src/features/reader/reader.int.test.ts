// A reader's token from its creation to the bundle that gateways enforce, and the places where it must never appear.
import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { parseBundle, parseManifest } from '@tickwatch/policy'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { certificates, temporaryFolder } from '../../testing/fixtures.ts'
import { type Client, seedPlatform, seedTenant, startTestApi, type TestApi } from '../../testing/testApi.ts'
import type { TestGateway } from '../../testing/testGateway.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
let api: TestApi
let canary: TestGateway
let fleet: TestGateway
let admin: Client
let viewer: Client
let auditor: Client
let logged = ''
const soon = { timeout: 40_000, interval: 20 }
const coded = (code: string) => ({ data: { tickwatch: { code } } })
const sha256Of = (token: string) => createHash('sha256').update(token).digest('hex')

beforeAll(async () => {
  const pki = await certificates(await openCertificateAuthority(folder.dir))
  const write = (line: string) => {
    logged += line
  }
  const env = { LOG_LEVEL: 'trace' }
  api = await startTestApi({ urls, caFile: pki.caFile, server: pki.server, env, log: { write } })
  await seedPlatform(api.db)
  for (const tenantId of ['acme', 'globex', 'initech']) await seedTenant(api.db, tenantId)
  canary = api.gateway(await pki.gateway('gateway-1'), 'canary')
  fleet = api.gateway(await pki.gateway('gateway-2'), 'fleet')
  admin = await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme')
  viewer = await api.as({ sub: 'vic', groups: ['acme-viewers'] }, 'acme')
  auditor = await api.as({ sub: 'ewa', groups: ['auditors'] })
  await canary.beat()
  await fleet.beat()
})
afterAll(async () => {
  await api.stop()
  folder.remove()
})

/** acme's readers in the bundle of a ring's manifest. */
function readersIn(ring: 'canary' | 'fleet') {
  const { location } = parseManifest(api.manifest(ring) ?? '')
  if (location.kind !== 'inline') throw new Error('the bundle of a test is small')
  const json = gunzipSync(Buffer.from(location.gzipBase64, 'base64')).toString()
  return parseBundle(json, 'test').tenants.get('acme')?.readers ?? []
}

/** Both gateways enforce the change as soon as it is published to their rings. */
async function enforced(readerChange: number) {
  const version = await vi.waitFor(async () => {
    const { version } = await viewer.policy.propagation.query({ readerChange })
    return version ?? expect.fail('not compiled')
  }, soon)
  for (const [ring, gateway] of [
    ['canary', canary],
    ['fleet', fleet],
  ] as const) {
    await vi.waitFor(() => expect(parseManifest(api.manifest(ring) ?? '{}').version).toBe(version), soon)
    await gateway.apply()
  }
  return vi.waitFor(async () => {
    const view = await viewer.policy.propagation.query({ readerChange })
    expect(view.state).toBe('enforced')
    return view
  }, soon)
}

describe('a token', () => {
  it('is known to every gateway by its hash, and each gateway refuses it once it is revoked', async () => {
    const { reader, token } = await admin.reader.create.mutate({ name: 'grafana', expiresInDays: 90 })
    expect(token).toMatch(/^tw_r_[A-Za-z0-9_-]{43}$/)
    expect(Date.parse(reader.expiresAt) - Date.parse(reader.createdAt)).toBe(90 * 86_400_000)
    expect(reader).toMatchObject({ name: 'grafana', by: { subject: 'mara' }, state: 'live', revoked: null })
    const view = await enforced(reader.change)
    expect(view.gateways.map((g) => g.state)).toEqual(['in-sync', 'in-sync'])
    const expected = [{ name: 'grafana', sha256: sha256Of(token), expiresAt: reader.expiresAt }]
    expect(readersIn('fleet')).toEqual(expected)
    const listed = (await viewer.reader.list.query()).items
    expect(listed).toMatchObject([
      { name: 'grafana', progress: { state: 'enforced', version: view.version, enforcedMs: view.enforcedMs } },
    ])

    const revoked = await admin.reader.revoke.mutate({ id: reader.id, confirm: 'grafana' })
    expect(revoked).toMatchObject({ state: 'revoked', revoked: { by: { subject: 'mara' } } })
    await enforced(revoked.change)
    expect(readersIn('fleet')).toEqual([])
    expect((await viewer.reader.list.query()).items).toEqual([])
    expect((await viewer.reader.ended.query({})).items).toMatchObject([{ name: 'grafana', state: 'revoked' }])
  })

  it('is named as the cause of the versions that carry it, and in the audit log', async () => {
    const { items } = await auditor.policy.versions.query({ pageSize: 2 })
    const cause = { kind: 'reader', tenantId: 'acme', revision: null, by: { subject: 'mara', name: 'mara' } }
    expect(items.map((version) => version.causes.filter(({ kind }) => kind === 'reader'))).toEqual([
      [{ ...cause, reason: 'revoked grafana' }],
      [{ ...cause, reason: 'created grafana' }],
    ])
    const [, older] = items
    const { cursor, version: upTo } = older ?? expect.fail('one version')
    for (const from of [{ cursor }, { upTo }]) {
      expect((await auditor.policy.versions.query({ ...from, pageSize: 1 })).items).toEqual([older])
    }
    const events = (await auditor.audit.list.query({ tenantId: 'acme', pageSize: 2 })).items
    expect(events).toMatchObject([
      { action: 'reader.revoke', target: 'grafana', actor: 'mara', before: { state: 'live' } },
      { action: 'reader.create', target: 'grafana', actor: 'mara', before: null },
    ])
  })

  it('is shown in one answer, and not in any later answer, log, audit event, row or bundle', async () => {
    const { reader, token } = await admin.reader.create.mutate({ name: 'secret', expiresInDays: 1 })
    const { change } = await admin.reader.revoke.mutate({ id: reader.id, confirm: 'secret' })
    await vi.waitFor(async () => {
      expect((await viewer.policy.propagation.query({ readerChange: change })).version).not.toBeNull()
    }, soon)
    const answers: unknown[] = [
      await viewer.reader.list.query(),
      await viewer.reader.ended.query({}),
      await auditor.audit.list.query({ pageSize: 200 }),
      await auditor.policy.versions.query({ pageSize: 200 }),
    ]
    const client = new pg.Client({ connectionString: urls.admin })
    await client.connect()
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname IN ('public', 'audit_partitions', 'graphile_worker')`,
    )
    for (const { name } of tables) {
      const { rows } = await client.query(`SELECT to_jsonb(t) AS row FROM ${name} t`)
      answers.push(rows)
    }
    await client.end()
    const kept = JSON.stringify([...answers, readersIn('canary')]) + logged
    expect(kept).toContain('secret')
    expect(kept).toContain(sha256Of(token))
    expect(logged).toContain('reader.create')
    expect(kept.includes(token)).toBe(false)
    // Its hash is only in the row and in the bundle: nothing else needs it.
    expect((JSON.stringify(answers.slice(0, 4)) + logged).includes(sha256Of(token))).toBe(false)
  })

  it('shows when it was last used, and since when every gateway reports that', async () => {
    const { reader, token } = await admin.reader.create.mutate({ name: 'used', expiresInDays: 1 })
    const shown = async () => (await viewer.reader.list.query()).items.find(({ id }) => id === reader.id)
    expect(reader).toMatchObject({ lastUsedAt: null, usesKnownSince: expect.any(String) })
    expect(Date.parse(reader.usesKnownSince ?? '')).toBeLessThan(Date.parse(reader.createdAt))
    const usedAt = new Date().toISOString()
    canary.state.readerUses = [{ sha256: sha256Of(token), usedAt }]
    await canary.beat()
    canary.state.readerUses = []
    expect(await shown()).toMatchObject({ lastUsedAt: usedAt, usesKnownSince: reader.usesKnownSince })
    // A gateway of an earlier version does not report uses.
    fleet.state.readerUses = undefined
    await fleet.beat()
    fleet.state.readerUses = []
    expect(await shown()).toMatchObject({ lastUsedAt: usedAt, usesKnownSince: null })
    await admin.reader.revoke.mutate({ id: reader.id, confirm: 'used' })
  })

  it('has a name that no other live token of the tenant has', async () => {
    const { reader } = await admin.reader.create.mutate({ name: 'oncall', expiresInDays: 7 })
    const again = admin.reader.create.mutate({ name: 'oncall', expiresInDays: 7 })
    await expect(again).rejects.toMatchObject(coded('reader-exists'))
    await admin.reader.revoke.mutate({ id: reader.id, confirm: 'oncall' })
    const next = await admin.reader.create.mutate({ name: 'oncall', expiresInDays: 7 })
    await admin.reader.revoke.mutate({ id: next.reader.id, confirm: 'oncall' })
  })

  it('is revoked once, after its name was typed to confirm', async () => {
    const { reader } = await admin.reader.create.mutate({ name: 'report', expiresInDays: 365 })
    const slip = admin.reader.revoke.mutate({ id: reader.id, confirm: 'reports' })
    await expect(slip).rejects.toMatchObject(coded('reader-not-confirmed'))
    const tries = [1, 2].map(() => admin.reader.revoke.mutate({ id: reader.id, confirm: 'report' }))
    const results = await Promise.allSettled(tries)
    expect(results.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const again = admin.reader.revoke.mutate({ id: reader.id, confirm: 'report' })
    await expect(again).rejects.toMatchObject(coded('reader-revoked'))
  })

  it.each([
    ['a name that no reader may have', { name: 'grafana/prod', expiresInDays: 1 }],
    ['no name', { name: '', expiresInDays: 1 }],
    ['no end', { name: 'x', expiresInDays: 0 }],
    ['an end after more than a year', { name: 'x', expiresInDays: 366 }],
  ])('with %s is not created', async (_, input) => {
    await expect(admin.reader.create.mutate(input)).rejects.toMatchObject(coded('input-invalid'))
  })

  it('of another tenant is not found', async () => {
    const { reader } = await admin.reader.create.mutate({ name: 'ours', expiresInDays: 1 })
    const stranger = await api.as({ sub: 'gil', groups: ['globex-admins'] }, 'globex')
    expect((await stranger.reader.list.query()).items).toEqual([])
    const theft = stranger.reader.revoke.mutate({ id: reader.id, confirm: 'ours' })
    await expect(theft).rejects.toMatchObject(coded('token-not-found'))
    const peek = stranger.policy.propagation.query({ readerChange: reader.change })
    await expect(peek).rejects.toMatchObject(coded('change-not-found'))
    await admin.reader.revoke.mutate({ id: reader.id, confirm: 'ours' })
  })
})

it('a tenant has at most 50 live tokens, however many are asked for at once', async () => {
  const owner = await api.as({ sub: 'ini', groups: ['initech-admins'] }, 'initech')
  const names = Array.from({ length: 49 }, (_, i) => `t-${i}`)
  for (const name of names) await owner.reader.create.mutate({ name, expiresInDays: 1 })
  const last = ['a', 'b', 'c'].map((name) => owner.reader.create.mutate({ name, expiresInDays: 1 }))
  const refused = (await Promise.allSettled(last)).flatMap((r) => (r.status === 'rejected' ? [r.reason] : []))
  const full = { message: expect.stringContaining('already has 50 live tokens'), ...coded('readers-full') }
  expect(refused).toMatchObject([full, full])
  const { items, liveMax } = await owner.reader.list.query()
  expect([items.length, liveMax]).toEqual([50, 50])
})
