// The process as an instance runs it, which gets SIGTERM while it works.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { openDatabase } from '@tickwatch/db'
import pg from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import { openStream } from './testing/eventStream.ts'
import { certificates, temporaryFolder } from './testing/fixtures.ts'
import { startTestIssuer, type TestIssuer } from './testing/issuer.ts'
import { type CertificateFiles, createMachineClient, type MachineClient } from './testing/machineClient.ts'
import { seedPlatform, seedTenant } from './testing/testApi.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
const soon = { timeout: 40_000, interval: 20 }
let issuer: TestIssuer
let api: ChildProcess
let portalUrl: string
let machineUrl: string
let gateway: MachineClient
let newcomer: MachineClient
let identity: CertificateFiles
let caFile: string
let lock: pg.Client

beforeAll(async () => {
  const pki = await certificates(await openCertificateAuthority(folder.dir))
  issuer = await startTestIssuer()
  const db = openDatabase(urls)
  await seedPlatform(db)
  await seedTenant(db, 'acme')
  await db.close()
  api = spawn(process.execPath, [join(import.meta.dirname, 'main.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      ...{ PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE },
      ...{ API_PORT: '0', MACHINE_PORT: '0', OIDC_ISSUER: issuer.url },
      ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
      // Nothing listens on this port, so AWS does not answer.
      ...{ AWS_ENDPOINT_URL: 'http://127.0.0.1:9', AMP_ENDPOINT: 'http://127.0.0.1:9/workspaces/ws-test' },
      ...{ AMP_WORKSPACE_ID: 'ws-test', POLICY_BUCKET: 'policy', POLICY_KMS_KEY_ID: 'key', AUDIT_BUCKET: 'audit' },
      ...{ DATABASE_URL_TENANT: urls.tenant, DATABASE_URL_PLATFORM: urls.platform, DATABASE_URL_WORKER: urls.worker },
      ...{ MACHINE_TLS_CERT_FILE: pki.server.cert, MACHINE_TLS_KEY_FILE: pki.server.key },
      MACHINE_CLIENT_CA_FILE: pki.caFile,
    },
  })
  let log = ''
  api.stdout?.on('data', (chunk) => {
    log += chunk
  })
  const ready = await vi.waitFor(() => {
    const line = log.split('\n').find((text) => text.includes('"ready"'))
    return JSON.parse(line ?? expect.fail(`not ready: ${log}`)) as { portal: string; machines: string }
  }, soon)
  portalUrl = ready.portal
  machineUrl = ready.machines
  identity = await pki.gateway('gateway-1')
  caFile = pki.caFile
  gateway = createMachineClient(machineUrl, pki.caFile, identity)
  newcomer = createMachineClient(machineUrl, pki.caFile, identity)
  lock = new pg.Client({ connectionString: urls.admin })
  await lock.connect()
})
afterAll(async () => {
  api.kill('SIGKILL')
  gateway.close()
  newcomer.close()
  await lock.end()
  await issuer.close()
  folder.remove()
})

const heartbeat = {
  ...{ ring: 'fleet', zone: 'a', softwareVersion: '1', startedAt: new Date(0).toISOString(), applied: null },
  ...{ refused: null, cpuRatio: 0, memoryBytes: 1, tenants: {} },
}

it('after a SIGTERM it answers running requests, accepts no new ones, ends live streams, and exits 0 in time', async () => {
  const waiting = createMachineClient(machineUrl, caFile, identity)
  const held = waiting.send('GET', '/v1/gateways/news?ring=fleet')
  const token = await issuer.token({ sub: 'ewa', name: 'Ewa', groups: ['auditors'] })
  const headers = { authorization: `Bearer ${token}` }
  const stream = await openStream(`${portalUrl}/trpc/gateway.fleetLive`, headers)
  await vi.waitFor(() => expect(stream.views().length).toBeGreaterThan(0), soon)

  // While the table is locked, requests that read or write it wait.
  await lock.query('BEGIN; LOCK TABLE tenant, attestation IN ACCESS EXCLUSIVE MODE')
  const person = fetch(`${portalUrl}/trpc/tenant.list?input=%7B%7D`, { headers })
  const machine = gateway.send('POST', '/v1/gateways/heartbeat', {
    ...heartbeat,
    applied: { version: 1, sha256: 'a'.repeat(64), appliedAt: new Date().toISOString() },
  })
  await vi.waitFor(async () => {
    const { rows } = await lock.query(
      `SELECT DISTINCT relation::regclass::text AS of FROM pg_locks
       WHERE NOT granted AND relation IN ('tenant'::regclass, 'attestation'::regclass)`,
    )
    expect(rows).toHaveLength(2)
  }, soon)

  const exited = once(api, 'exit')
  const toldAt = performance.now()
  api.kill('SIGTERM')
  await vi.waitFor(() => expect(stream.state()).not.toBe('open'), soon)
  await vi.waitFor(() => expect(fetch(`${portalUrl}/healthz`)).rejects.toThrow('fetch failed'), soon)
  await vi.waitFor(
    () => expect(newcomer.send('GET', '/openapi.json')).rejects.toMatchObject({ code: 'ECONNREFUSED' }),
    soon,
  )
  expect(api.exitCode).toBeNull()
  await lock.query('ROLLBACK')

  expect((await person).status).toBe(200)
  expect((await machine).status).toBe(200)
  expect(await held).toMatchObject({ status: 200, body: { policyVersion: null } })
  waiting.close()
  expect(await exited).toEqual([0, null])
  expect(performance.now() - toldAt).toBeLessThan(10_000)
  await stream.close()
})
