// Which format a policy is published in while the fleet is upgraded and rolled back.
import { gunzipSync } from 'node:zlib'
import { type Database, gateways, openDatabase, policyVersions } from '@tickwatch/db'
import {
  bundleWriters,
  compileBundle,
  formatsRead,
  type Heartbeat,
  manifestParameterName,
  parseWaves,
} from '@tickwatch/policy'
import pg from 'pg'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { useTestDatabase } from '../../../../../../local/src/testing/testing.ts'
import { createChangeFeed } from '../../../shared/changeFeed.ts'
import { createMetrics } from '../../../telemetry/metrics.ts'
import { createMemoryObjects, createMemoryParameters, createMemorySigner } from '../../../testing/memoryAws.ts'
import { createLeases } from '../../../workers/lease.ts'
import { createGatewayService, type GatewayService } from '../../gateway/gateway.service.ts'
import { createPublisher } from './publisher.ts'
import { createRingWriter } from './ringWriter.ts'

const urls = useTestDatabase()
const parameters = createMemoryParameters()
const waves = parseWaves('canary,fleet')
let admin: pg.Client
let db: Database
let service: GatewayService
let publish: () => Promise<void>

beforeAll(async () => {
  db = openDatabase(urls)
  admin = new pg.Client({ connectionString: urls.admin })
  await admin.connect()
  service = createGatewayService(db, createChangeFeed(), waves)
  const publisher = createPublisher({
    db,
    objects: createMemoryObjects().store,
    signer: createMemorySigner(),
    rings: createRingWriter(parameters.store, 'test'),
    metrics: createMetrics(),
    environment: 'test',
    bucket: 'policy',
    waves,
    bundleWriters: { ...bundleWriters, 2: (source) => compileBundle(source).replace('"format":1', '"format":2') },
  })
  const about = { name: 'publishing', forMs: 10_000 }
  const leases = createLeases(db, about, new AbortController().signal, pino({ level: 'silent' }))
  publish = () => leases.hold(publisher.publish)
})
afterAll(async () => {
  await admin.end()
  await db.close()
})

/** Sends a heartbeat, and publishes if that asked for it. */
async function beat(gatewayId: string, bundle: number, over: Partial<Heartbeat> = {}): Promise<void> {
  const heartbeat: Heartbeat = {
    ...{ ring: 'canary', zone: 'a', softwareVersion: '1', startedAt: new Date(0).toISOString() },
    formatsRead: { ...formatsRead, bundle },
    ...{ applied: null, refused: null, cpuRatio: 0, memoryBytes: 0, tenants: {} },
    ...over,
  }
  await service.heartbeat(gatewayId, heartbeat)
  const job = await admin.query<{ id: string | null }>("SELECT (graphile_worker.remove_job('publish')).id")
  if (job.rows[0]?.id) await publish()
}

/** The version in the canary ring's manifest, and the format of its bundle. */
async function inManifest() {
  const manifest = JSON.parse(parameters.newest(manifestParameterName('test', 'canary'))?.value ?? '{}')
  const bundle = JSON.parse(gunzipSync(Buffer.from(manifest.location.gzipBase64, 'base64')).toString())
  return { version: manifest.version, format: bundle.format }
}

it('the format is the oldest before any gateway is known', async () => {
  await publish()
  expect(await inManifest()).toEqual({ version: 1, format: 1 })
})

it('the format is the newest that every gateway reads, and the next one as soon as all read that', async () => {
  await beat('gateway-1', 1)
  await beat('gateway-2', 1)
  await beat('gateway-1', 2)
  expect(await inManifest()).toEqual({ version: 1, format: 1 })
  await beat('gateway-2', 2)
  expect(await inManifest()).toEqual({ version: 2, format: 2 })
})

it('the format goes back without any edit when a gateway is rolled back, even while that one is away for a moment', async () => {
  await beat('gateway-2', 1)
  expect(await inManifest()).toEqual({ version: 3, format: 1 })
  await admin.query("UPDATE gateway SET heartbeat_at = now() - interval '5 minutes' WHERE id = 'gateway-2'")
  await publish()
  expect(await inManifest()).toEqual({ version: 3, format: 1 })
})

it('a newer format does not wait for gateways that drained or are gone', async () => {
  await beat('gateway-2', 1, { leaving: true })
  await publish()
  expect(await inManifest()).toEqual({ version: 4, format: 2 })
  await beat('gateway-2', 1)
  expect(await inManifest()).toEqual({ version: 5, format: 1 })
  await admin.query("UPDATE gateway SET heartbeat_at = now() - interval '2 hours' WHERE id = 'gateway-2'")
  await publish()
  expect(await inManifest()).toEqual({ version: 6, format: 2 })
})

it('the format of the manifest changes too, although the bundle stays the same', async () => {
  // A newer version of the API wrote this before it was rolled back.
  await admin.query(
    `UPDATE policy_version SET manifest = manifest || '{"format": 2, "future": true}' WHERE version = 6`,
  )
  const latest = await db.platform((tx) => policyVersions.latest(tx))
  expect(latest?.manifest).toMatchObject({ format: 2, future: true })
  await publish()
  expect(await inManifest()).toEqual({ version: 7, format: 2 })
})

it('publishing fails, and says so, if a gateway is too old for every writer', async () => {
  await db.platform(async (tx) => {
    const known = await gateways.byId(tx, 'gateway-1')
    expect(known?.formatsRead).toEqual({ bundle: 2, manifest: 1 })
  })
  await admin.query("UPDATE gateway SET bundle_format = 0, heartbeat_at = now() WHERE id = 'gateway-1'")
  await expect(publish()).rejects.toThrow('a gateway reads formats up to 0 only')
})
