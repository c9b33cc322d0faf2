// Rows from the time of exactly two rings are read after the migration to waves.
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { useTestDatabase } from '../../../../local/src/testing/testing.ts'
import { openDatabase } from '../database.ts'
import * as gateways from '../gateway.repository.ts'
import * as policyVersions from '../policyVersions.ts'
import { later, noon, sha256 } from '../test/fixtures.ts'
import { migrate, migrationsFolder } from './migrate.ts'

const urls = useTestDatabase()
const passwords = { tenant: 'tenant', platform: 'platform', worker: 'worker' }
const migration = '20261128151000_waves'
let before = ''
let folder = ''

const at = (url: string) => Object.assign(new URL(url), { pathname: `/${before}` }).href
async function query(database: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: database })
  await client.connect()
  await client.query(sql).finally(() => client.end())
}

beforeAll(async () => {
  before = `${urls.name}_before_waves`
  folder = await mkdtemp(join(tmpdir(), 'tickwatch-before-waves-'))
  const isOlder = (path: string) => !/^\d/.test(basename(path)) || basename(path) < migration
  await cp(migrationsFolder, folder, { recursive: true, filter: isOlder })
  await query(urls.admin, `CREATE DATABASE ${before} OWNER tickwatch_owner`)
  await migrate(at(urls.owner), passwords, folder)
})
afterAll(async () => {
  await query(urls.admin, `DROP DATABASE IF EXISTS ${before} WITH (FORCE)`)
  await rm(folder, { recursive: true })
})

it('versions of two rings keep their times, states and gateways when the rings become waves', async () => {
  const time = (seconds: number) => `'${later(seconds).toISOString()}'`
  const version = (number: number, state: string, ...times: (number | null)[]) =>
    `(${number}, '${sha256('a')}', 1, 1, ${time(0)}, ${time(0)}, 'c2ln', 'key', '{"format": 1, "version": ${number}, "sha256": "${sha256('a')}",
      "bytes": 1, "signature": "c2ln", "keyId": "key", "createdAt": "${noon.toISOString()}", "location": {"kind": "inline",
      "gzipBase64": "H4sI"}}', '${state}', ${times.map((s) => (s === null ? 'NULL' : time(s))).join(', ')}, '[]', '${sha256('b')}')`
  await query(
    at(urls.admin),
    `INSERT INTO policy_version (version, sha256, bytes, tenants, created_at, saved_at, signature, key_id, manifest, state,
      canary_published_at, canary_enforced_at, fleet_published_at, enforced_at, causes, source_hash) VALUES
      ${version(1, 'enforced', 1, 2, 3, 4)}, ${version(2, 'refused', 1, null, null, null)},
      ${version(3, 'superseded', null, null, null, null)}, ${version(4, 'fleet', 1, 2, 3, null)},
      ${version(5, 'canary', 1, 2, 3, null)}, ${version(6, 'canary', 1, null, null, null)},
      ${version(7, 'compiled', null, null, null, null)};
    INSERT INTO ring_state (ring, desired_version, desired_sha256, manifest, published_at, parameter_version)
      VALUES ('canary', 6, '${sha256('a')}', '{}', ${time(1)}, 9), ('fleet', 4, '${sha256('a')}', '{}', ${time(3)}, 8);
    INSERT INTO gateway (id, ring, zone, software_version, started_at, heartbeat_at, applied_version, applied_sha256,
      applied_at, cpu_ratio, memory_bytes, samples_per_second, requests_per_second, refused_per_second, active_series)
      VALUES ('gateway-1', 'canary', 'a', '1', ${time(0)}, ${time(9)}, 1, '${sha256('a')}', ${time(2)}, 0, 0, 0, 0, 0, 0)`,
  )

  expect(await migrate(at(urls.owner), passwords)).toContain(migration)

  const db = openDatabase({ tenant: at(urls.tenant), platform: at(urls.platform), worker: at(urls.worker) })
  try {
    await db.platform(async (tx) => {
      const rows = await policyVersions.progressFrom(tx, [1], 9)
      const seconds = (time: Date | null) => time && (time.getTime() - noon.getTime()) / 1_000
      const versions = rows.map(({ version, state, waves, enforcedAt }) => [
        ...[version, state, seconds(enforcedAt)],
        ...waves.map((wave) => [wave.ring, seconds(wave.publishedAt), seconds(wave.enforcedAt)]),
      ])
      expect(versions).toEqual([
        [1, 'enforced', 4, ['canary', 1, 2], ['fleet', 3, 4]],
        [2, 'refused', null, ['canary', 1, null], ['fleet', null, null]],
        [3, 'superseded', null, ['canary', null, null], ['fleet', null, null]],
        [4, 'publishing', null, ['canary', 1, 2], ['fleet', 3, null]],
        // Its canary enforced it, but it was not published to the fleet yet.
        [5, 'publishing', null, ['canary', 1, 2], ['fleet', null, null]],
        [6, 'publishing', null, ['canary', 1, null], ['fleet', null, null]],
        [7, 'compiled', null, ['canary', null, null], ['fleet', null, null]],
      ])
      const underway = await policyVersions.underway(tx)
      const due = underway.map((v) =>
        v.waves.flatMap(({ ring, dueAt, publishedAt }) => (dueAt && !publishedAt ? [ring] : [])),
      )
      expect(due).toEqual([[], ['fleet'], [], ['canary']])
      expect(await policyVersions.desired(tx)).toMatchObject([
        { ring: 'canary', version: 6 },
        { ring: 'fleet', version: 4 },
      ])
      expect(await gateways.list(tx)).toMatchObject([{ gatewayId: 'gateway-1', ring: 'canary' }])
      expect((await policyVersions.ringProgress(tx)).missedSince.get('gateway-1')).toEqual(later(1))
    })
  } finally {
    await db.close()
  }
})
