// Postgres stops while the API runs, and starts again.
import { randomUUID } from 'node:crypto'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '@tickwatch/db'
import { alertNames } from '@tickwatch/slo'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../local/src/parts/pki.ts'
import { startPostgres } from '../../../local/src/parts/postgres/postgres.ts'
import { freePort } from '../../../local/src/process/ports.ts'
import { receiveAlerts } from './features/incident/receiveAlerts.ts'
import { createNotificationQueue } from './features/notification/queue.ts'
import { certificates, temporaryFolder } from './testing/fixtures.ts'
import { seedPlatform, seedTenant, startTestApi, type TestApi } from './testing/testApi.ts'

const folder = temporaryFolder()
let dir: string
let port: number
let postgres: Awaited<ReturnType<typeof startPostgres>>
let api: TestApi
const soon = { timeout: 40_000, interval: 50 }

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-outage-'))
  await chmod(dir, 0o711)
  port = await freePort()
  postgres = await startPostgres({ dir: join(dir, 'data'), port, durable: false })
  await migrate(postgres.ownerUrl, { tenant: 'a', platform: 'b', worker: 'c' })
  const { host, pathname } = new URL(postgres.ownerUrl)
  const url = (role: string, password: string) => `postgres://tickwatch_${role}:${password}@${host}${pathname}`
  const urls = { tenant: url('tenant', 'a'), platform: url('platform', 'b'), worker: url('worker', 'c') }
  const pki = await certificates(await openCertificateAuthority(folder.dir))
  api = await startTestApi({ urls, caFile: pki.caFile, server: pki.server })
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme', { 'ingest.samplesPerSecond': { min: 1, max: 100_000 } })
})
afterAll(async () => {
  await api.stop()
  await postgres.stop()
  folder.remove()
  await rm(dir, { recursive: true })
})

it('says so while it is away, shows the SLOs that it read last, and publishes again when it is back', async () => {
  // Like a person in the portal: whether the session has ended is asked with each call.
  const admin = await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme', randomUUID())
  await vi.waitFor(() => expect(api.manifest('canary')).toBeDefined(), soon)
  const live = admin.quota.current
  await live.query()
  const slos = () => admin.sloReads.list.query({ tenantId: null })
  const before = await slos()
  expect(before.databaseAway).toBeNull()
  const labels = { alertname: alertNames.page, slo: 'freshness', tenant: 'tickwatch', severity: 'page' }
  const alert = { fingerprint: 'a', status: 'firing' as const, startsAt: new Date(), endsAt: null, labels }
  await receiveAlerts(api.db, createNotificationQueue('test'), [alert], 'amp')
  const incidents = async () => (await admin.status.get.query()).incidents
  const one = [{ title: 'Graphs are current' }]
  await vi.waitFor(async () => expect(await incidents()).toMatchObject({ open: one, knownAt: null }), soon)
  await postgres.stop()

  const away = { data: { code: 'SERVICE_UNAVAILABLE', tickwatch: { code: 'database-unavailable' } } }
  await expect(live.query()).rejects.toMatchObject(away)
  // What a guest may see stays. Nobody knows the roles, or whether something exists that was not read before.
  const { databaseAway, slos: shown } = await slos()
  expect(databaseAway).toEqual({ definitionsOf: expect.any(String), asGuest: true })
  expect(Date.parse(databaseAway?.definitionsOf ?? '')).toBeLessThan(Date.now())
  expect(shown.map(({ sloId }) => sloId).sort()).toEqual(before.slos.map(({ sloId }) => sloId).sort())
  // Whether the incident is over by now is not known.
  const known = await incidents()
  expect(known).toMatchObject({ open: one, knownAt: expect.any(String) })
  expect(Date.parse(known?.knownAt ?? '')).toBeLessThan(Date.now())
  const [sloId = ''] = shown.map((slo) => slo.sloId)
  expect(await admin.sloReads.get.query({ sloId, group: null })).toMatchObject({ databaseAway: { asGuest: true } })
  expect(await admin.access.me.query()).toMatchObject({ rolesUnknown: true, roles: [], tenants: [] })
  for (const unknown of [
    () => admin.sloReads.list.query({ tenantId: 'acme' }),
    () => admin.sloReads.get.query({ sloId: 'made-meanwhile', group: null }),
    () => admin.sloReads.get.query({ sloId, group: '[["tenant_id","acme"]]' }),
    () => admin.slo.definitions.query(),
  ])
    await expect(unknown()).rejects.toMatchObject(away)
  expect((await fetch(`${api.urls().portalUrl}/readyz`)).status).toBe(503)
  expect((await fetch(`${api.urls().portalUrl}/healthz`)).status).toBe(200)
  expect((await fetch(`${api.urls().portalUrl}/metrics`)).status).toBe(200)

  postgres = await startPostgres({ dir: join(dir, 'data'), port, durable: false })
  await vi.waitFor(async () => expect((await fetch(`${api.urls().portalUrl}/readyz`)).status).toBe(200), soon)
  expect((await slos()).databaseAway).toBeNull()
  expect(await incidents()).toMatchObject({ open: one, knownAt: null })
  const manifest = api.manifest('canary')
  const proposal = { limits: { 'ingest.samplesPerSecond': 7_000 }, reason: 'after it', baseRevision: 0 }
  await admin.quota.propose.mutate(proposal)
  await vi.waitFor(() => expect(api.manifest('canary')).not.toBe(manifest), soon)
})
