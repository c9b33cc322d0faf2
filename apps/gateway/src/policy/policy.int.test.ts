import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { encodeManifest } from '@tickwatch/policy'
import { WriteRequestWriter } from '@tickwatch/remote-write'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../local/src/parts/pki.ts'
import { newSigningKey, publish } from '../testing/policies.ts'
import { snappy, TestGateway } from '../testing/testGateway.ts'

let at: TestGateway

beforeEach(async () => {
  at = await TestGateway.create(openCertificateAuthority)
})
afterEach(() => at.remove())

const writer = new WriteRequestWriter()
const samples = (count: number) => {
  writer.begin()
  for (let i = 0; i < count; i++) {
    writer.beginSeries(['__name__', 'up', 'shard_id', `s${i}`])
    writer.sample(1, Date.now())
    writer.endSeries()
  }
  return snappy(writer.finish())
}
const lastHeartbeat = () => at.controlPlane.heartbeats.at(-1)?.body
const applied = (version: number) => vi.waitFor(() => expect(lastHeartbeat()?.applied?.version).toBe(version), 5_000)
const refused = (version: number) => vi.waitFor(() => expect(lastHeartbeat()?.refused?.version).toBe(version), 5_000)
const ready = () => vi.waitFor(async () => expect((await at.get('/ready')).status).toBe(200), 5_000)
const policyOnDisk = async () =>
  JSON.parse(JSON.parse(await readFile(join(at.settings.stateDir, 'policy.json'), 'utf8')).manifest).version

describe('a policy in SSM', () => {
  it('is enforced, saved, and only then attested', async () => {
    await at.start()
    expect(await at.get('/ready')).toMatchObject({ status: 503, body: expect.stringContaining('no policy yet') })
    expect(await at.write(samples(1))).toMatchObject({ status: 503, headers: { 'retry-after': '2' } })
    const requests = 'tickwatch_ingest_requests_total{tenant_id="acme",code="503",reason="not-ready"}'
    expect(await at.metric(requests)).toBe(1)
    const { manifest } = at.publish({ version: 7 })
    await applied(7)
    expect(await policyOnDisk()).toBe(7)
    expect(lastHeartbeat()?.applied).toMatchObject({ version: 7, sha256: manifest.sha256 })
    expect(lastHeartbeat()?.refused).toBeNull()
    await ready()
    expect((await at.write(samples(1))).status).toBe(204)
  })

  it('is enforced but not attested while it cannot be saved, and the heartbeat says why', async () => {
    const policyFile = join(at.settings.stateDir, 'policy.json')
    await mkdir(policyFile, { recursive: true })
    at.publish({ version: 7 })
    await at.start()
    await vi.waitFor(async () => expect((await at.write(samples(1))).status).toBe(204), 5_000)
    const { length } = at.controlPlane.heartbeats
    await vi.waitFor(() => expect(at.controlPlane.heartbeats.length).toBeGreaterThan(length + 1), 5_000)
    expect(lastHeartbeat()).toMatchObject({
      applied: null,
      unsaved: { version: 7, reason: expect.stringMatching(/^EISDIR.*policy\.json'$/) },
    })
    await rmdir(policyFile)
    await applied(7)
    expect(lastHeartbeat()?.unsaved).toBeNull()
  })

  it('may have its bundle in S3, and is enforced when the bundle is there', async () => {
    const { manifest, gzip } = at.publish({ version: 1 }, 's3')
    at.objects.clear()
    await at.start()
    await vi.waitFor(() => expect(at.logged.some((line) => `${line.msg}`.includes('cannot be refreshed'))).toBe(true))
    if (manifest.location.kind === 's3') at.objects.set(`policies/${manifest.location.key}`, gzip)
    await applied(1)
  })

  it('suspends a tenant from the next request on', async () => {
    at.publish({ version: 1 })
    await at.start()
    await applied(1)
    expect((await at.write(samples(1))).status).toBe(204)
    at.publish({ version: 2, tenants: [{ id: 'acme', status: 'suspended' }] })
    await applied(2)
    expect((await at.write(samples(1))).status).toBe(403)
  })

  it('is read at once when the control plane hints at it', async () => {
    at.settings = { ...at.settings, policyPollSeconds: 600 }
    at.publish({ version: 1 })
    await at.start()
    await applied(1)
    at.publish({ version: 2 })
    at.controlPlane.answer = { policyVersionHint: 2, shares: {}, defaultShare: 1, nextHeartbeatMs: 200 }
    await applied(2)
  })
})

describe('a policy that must not be enforced is refused and reported, and the current one stays enforced:', () => {
  beforeEach(async () => {
    at.publish({ version: 5 })
    await at.start()
    await applied(5)
  })
  const stillEnforces5 = async () => {
    expect(lastHeartbeat()?.applied?.version).toBe(5)
    expect(await policyOnDisk()).toBe(5)
    expect((await at.write(samples(1))).status).toBe(204)
  }
  const reasons = async () => (await at.get('/metrics')).body.match(/^tickwatch_policy_refusals_total\{.*$/gm)

  it('a policy that was tampered with', async () => {
    const { text, manifest } = publish({ version: 6, tenants: [] }, at.signing.privateKey)
    at.parameter = text.replace(manifest.sha256, '0'.repeat(64))
    await refused(6)
    await stillEnforces5()
    expect(lastHeartbeat()?.refused?.reason).toBe('the bundle does not have the SHA-256 of its manifest')
    // It is judged once, not at every poll.
    const { polls } = at
    await vi.waitFor(() => expect(at.polls).toBeGreaterThan(polls + 2), 15_000)
    expect(await reasons()).toEqual(['tickwatch_policy_refusals_total{reason="hash"} 1'])
  })

  it('a policy whose object in S3 is damaged, until the object is repaired', async () => {
    const { manifest, gzip } = publish({ version: 6 }, at.signing.privateKey, 's3')
    if (manifest.location.kind !== 's3') throw new Error('not in S3')
    const object = `${manifest.location.bucket}/${manifest.location.key}`
    at.objects.set(object, gzip.subarray(0, gzip.length - 20))
    at.parameter = encodeManifest(manifest)
    await refused(6)
    await stillEnforces5()
    // It is judged once, not at every poll.
    const { polls } = at
    await vi.waitFor(() => expect(at.polls).toBeGreaterThan(polls + 2), 15_000)
    expect(await reasons()).toEqual(['tickwatch_policy_refusals_total{reason="bytes"} 1'])
    at.objects.set(object, gzip)
    await applied(6)
    expect(lastHeartbeat()?.refused).toBeNull()
  })

  it('a policy that another key signed', async () => {
    at.parameter = publish({ version: 6, tenants: [] }, newSigningKey().privateKey).text
    await refused(6)
    await stillEnforces5()
    expect(await reasons()).toEqual(['tickwatch_policy_refusals_total{reason="signature"} 1'])
  })

  it('a policy of another environment', async () => {
    at.publish({ version: 6, tenants: [], environment: 'production' })
    await refused(6)
    await stillEnforces5()
  })

  it('an older policy, although it was valid before', async () => {
    at.publish({ version: 4, tenants: [] })
    await refused(4)
    await stillEnforces5()
    at.publish({ version: 6 })
    await applied(6)
    expect(lastHeartbeat()?.refused).toBeNull()
  })

  it('a policy of the same version with other content', async () => {
    at.publish({ version: 5, tenants: [] })
    await refused(5)
    await stillEnforces5()
  })

  it('a text that is not a manifest', async () => {
    at.parameter = 'hello'
    await refused(0)
    await stillEnforces5()
  })

  it('and when a refused version is republished correctly, it is enforced', async () => {
    at.parameter = publish({ version: 6, tenants: [] }, newSigningKey().privateKey).text
    await refused(6)
    at.publish({ version: 5 })
    await vi.waitFor(() => expect(lastHeartbeat()?.refused).toBeNull(), 5_000)
    at.publish({ version: 6 })
    await applied(6)
  })
})

describe('with SSM, S3 and the control plane gone', () => {
  const leave = async () => {
    await at.stop()
    at.parameter = new Error('SSM is away')
    at.controlPlane.answer = { status: 503 }
  }

  it('a gateway boots from its disk, enforces and forwards', async () => {
    at.publish({ version: 3, tenants: [{ id: 'acme', limits: { 'ingest.burstSamples': 5 } }] })
    await at.start()
    await applied(3)
    await leave()
    await at.start()
    await ready()
    expect((await at.write(samples(5))).status).toBe(204)
    expect((await at.write(samples(6))).status).toBe(400)
    expect(at.amp.taken).toHaveLength(1)
  })

  it('it keeps its last shares, except that its share of series is the whole limit', async () => {
    const share = { samples: 0.25, requests: 0.5, series: 0.75, queries: 0.3 }
    at.controlPlane.answer = {
      policyVersionHint: null,
      shares: { acme: share },
      defaultShare: 0.1,
      nextHeartbeatMs: 200,
    }
    at.publish({ version: 3, tenants: [{ id: 'acme' }, { id: 'globex' }] })
    await at.start()
    await applied(3)
    await leave()
    await at.start()
    await ready()
    await at.write(samples(1))
    await at.write(samples(1), {}, 'globex')
    const { body } = await at.get('/metrics')
    expect(body).toContain('tickwatch_ingest_share_ratio{tenant_id="acme",resource="samples"} 0.25')
    expect(body).toContain('tickwatch_ingest_share_ratio{tenant_id="acme",resource="series"} 1')
    expect(body).toContain('tickwatch_ingest_share_ratio{tenant_id="globex",resource="requests"} 0.1')
  })

  it('it refuses the policy on its disk if someone changed it', async () => {
    at.publish({ version: 3 })
    await at.start()
    await applied(3)
    await leave()
    const file = join(at.settings.stateDir, 'policy.json')
    const forged = publish({ version: 3, tenants: [] }, newSigningKey().privateKey)
    await writeFile(
      file,
      JSON.stringify({ manifest: forged.text, gzipBase64: Buffer.from(forged.gzip).toString('base64') }),
    )
    await at.start()
    expect(await at.get('/ready')).toMatchObject({ status: 503, body: expect.stringContaining('no policy yet') })
    expect((await at.write(samples(1))).status).toBe(503)
  })

  it('it refuses an older policy also after a restart', async () => {
    at.publish({ version: 3 })
    await at.start()
    await applied(3)
    await at.stop()
    at.publish({ version: 2, tenants: [] })
    await at.start()
    await refused(2)
    expect((await at.write(samples(1))).status).toBe(204)
  })
})
