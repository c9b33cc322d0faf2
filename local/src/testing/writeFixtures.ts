// Saves the messages of this release as fixtures for the tests of later releases: node
// local/src/testing/writeFixtures.ts
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { WriteRequestWriter } from '@tickwatch/remote-write'
import { claimsOf, sharesOf } from '../../../apps/api/src/features/gateway/gateway.service.ts'
import { heartbeatAnswer } from '../../../apps/api/src/features/gateway/gateway.types.ts'
import packageJson from '../../../apps/gateway/package.json' with { type: 'json' }
import { snappy, TestGateway } from '../../../apps/gateway/src/testing/testGateway.ts'
import { openCertificateAuthority } from '../parts/pki.ts'
import { root } from '../process/tools.ts'
import { until } from '../process/until.ts'

const dir = join(root, 'packages/policy/src/fixtures', packageJson.version)
const reader = { name: 'grafana', sha256: 'ab'.repeat(32), expiresAt: '2027-06-30T00:00:00.000Z' }
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
  await at.write(snappy(writer.finish()))
  // Publish another version, which the gateway refuses.
  at.parameter = at.publish({ version: 8 }).text.replace(/"signature":"..../, '"signature":"AAAA')
  const newest = () => at.controlPlane.heartbeats.at(-1)?.body
  const complete = () => newest()?.refused?.version === 8 && newest()?.tenants.acme?.seriesSketch !== undefined
  await until('a heartbeat with a sketch and a refusal', complete, { seconds: 20 })
  const heartbeat = newest()
  if (!heartbeat) throw new Error('no heartbeat came')
  await at.stop()

  const demand = { samplesPerSecond: 2, requestsPerSecond: 1, activeSeries: 30, queriesPerSecond: 0 }
  const byTenant = new Map([['acme', [{ gatewayId: 'gateway-2', ...demand }]]])
  const answer = heartbeatAnswer.parse({
    policyVersionHint: 8,
    shares: sharesOf('gateway-1', 2, byTenant, heartbeat.tenants),
    seriesClaims: claimsOf('gateway-1', byTenant, heartbeat.tenants),
    defaultShare,
    nextHeartbeatMs: 1_000,
  })
  // Fails if the folder exists, because the fixtures of a release must never change.
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
