// Saves the messages of this release as fixtures for the tests of later releases: node
// local/src/testing/writeFixtures.ts
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Heartbeat } from '@tickwatch/policy'
import { WriteRequestWriter } from '@tickwatch/remote-write'
import { claimsOf, othersTakenOf, sharesOf } from '../../../apps/api/src/features/gateway/gateway.service.ts'
import { heartbeatAnswer } from '../../../apps/api/src/features/gateway/gateway.types.ts'
import packageJson from '../../../apps/gateway/package.json' with { type: 'json' }
import { snappy, TestGateway } from '../../../apps/gateway/src/testing/testGateway.ts'
import { openCertificateAuthority } from '../parts/pki.ts'
import { root } from '../process/tools.ts'
import { until } from '../process/until.ts'

const dir = join(root, 'packages/policy/src/fixtures', packageJson.version)
if (existsSync(dir)) throw new Error(`${dir} is there already: the fixtures of a release must never change`)
const token = 'token'
const sha256 = createHash('sha256').update(token).digest('hex')
const reader = { name: 'grafana', sha256, expiresAt: '2099-06-30T00:00:00.000Z' }
const at = await TestGateway.create(openCertificateAuthority)
try {
  const { json, text } = at.publish({
    version: 7,
    platformDefaults: { 'series.activeMax': 1_000 },
    tenants: [
      { id: 'acme', limits: { 'ingest.samplesPerSecond': 5_000, 'series.activeMax': 20 }, readers: [reader] },
      { id: 'globex', status: 'suspended' },
      { id: 'initech' },
    ],
  })
  const defaultShare = 0.5
  const share = { samples: 0.75, requests: 0.75, series: 1, queries: 0.5 }
  const seriesClaims = { acme: { total: 60, sketched: false } }
  at.controlPlane.answer = {
    ...{ policyVersionHint: 7, shares: { acme: share }, seriesClaims, defaultShare, nextHeartbeatMs: 200 },
  }
  await at.start()
  await until('a policy', async () => (await at.get('/ready')).status === 200, { seconds: 10 })
  const writer = new WriteRequestWriter()
  writer.begin()
  for (let i = 0; i < 30; i++) {
    writer.beginSeries(['__name__', 'players', 'shard_id', `s${i}`])
    writer.sample(i, Date.now())
    writer.endSeries()
  }
  const body = snappy(writer.finish())
  await at.write(body)
  await at.query('/api/v1/query?query=up', { authorization: `Bearer ${token}` })
  // Publish another version, which the gateway refuses.
  at.parameter = at.publish({ version: 8 }).text.replace(/"signature":"..../, '"signature":"AAAA')
  const newest = (has: (heartbeat: Heartbeat) => unknown) =>
    at.controlPlane.heartbeats.findLast(({ body }) => has(body))?.body ?? null
  const lasting = () =>
    newest(({ refused, tenants }) => refused && tenants.acme?.seriesSketch && tenants.acme.sampleAgeSeconds)
  await until('a heartbeat with a sketch, an accepted sample and a refusal', async () => lasting() !== null, {
    seconds: 20,
  })
  // Earlier heartbeats had these two members.
  const refusalCauses = newest((h) => h.refusalCauses)?.refusalCauses
  const readerUses = newest((h) => h.readerUses?.length)?.readerUses
  const heartbeat = lasting()
  if (!heartbeat || !refusalCauses || !readerUses) throw new Error('a member of the heartbeat never came')
  Object.assign(heartbeat, { refusalCauses, readerUses })
  await at.stop()

  const demand = { samplesPerSecond: 2, requestsPerSecond: 1, activeSeries: 30, queriesPerSecond: 0 }
  const taken = { samples: 120, requests: 60, queries: 3, queriesAtOnce: 1 }
  const byTenant = new Map([['acme', [{ gatewayId: 'gateway-2', ...demand, taken }]]])
  const answer = heartbeatAnswer.parse({
    policyVersionHint: 8,
    shares: sharesOf('gateway-1', 2, byTenant, heartbeat.tenants),
    othersTaken: othersTakenOf('gateway-1', byTenant, heartbeat.tenants),
    seriesClaims: claimsOf('gateway-1', byTenant, heartbeat.tenants),
    defaultShare,
    nextHeartbeatMs: 1_000,
  })
  mkdirSync(dir)
  const files = {
    'bundle.json': json,
    'manifest.json': text,
    'publicKey.pem': at.signing.publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    'heartbeat.json': JSON.stringify(heartbeat),
    'heartbeatAnswer.json': JSON.stringify(answer),
  }
  for (const [name, content] of Object.entries(files)) writeFileSync(join(dir, name), content)
  cpSync(at.settings.stateDir, join(dir, 'state'), { recursive: true })
} finally {
  await at.remove()
}
