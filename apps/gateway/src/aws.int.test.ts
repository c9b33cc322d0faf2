// The gateway with MiniStack's SSM, S3 and KMS, through its real adapters.
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { createObjectStore, createParameterStore, createSigner } from '@tickwatch/aws'
import { bundleObjectKey, compileBundle, encodeManifest, type Limits, manifestParameterName } from '@tickwatch/policy'
import { WriteRequestWriter } from '@tickwatch/remote-write'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { policyBucket, policyKeyAlias, prepareAws } from '../../../local/src/parts/aws/awsBootstrap.ts'
import { startMiniStack } from '../../../local/src/parts/aws/ministack.ts'
import { openCertificateAuthority } from '../../../local/src/parts/pki.ts'
import { readPublicKeys } from './policy/policyTrust.ts'
import { environment } from './testing/policies.ts'
import { snappy, TestGateway } from './testing/testGateway.ts'

let dir: string
let ministack: Awaited<ReturnType<typeof startMiniStack>>
let at: TestGateway

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-gateway-aws-'))
  ministack = await startMiniStack({ dir })
  const keys = join(dir, 'keys.pem')
  await prepareAws(ministack.url, keys)
  at = await TestGateway.create(openCertificateAuthority)
  vi.stubEnv('AWS_ENDPOINT_URL', ministack.url)
  at.aws = { parameters: createParameterStore(), objects: createObjectStore() }
  at.settings = { ...at.settings, policyPublicKeys: readPublicKeys(await readFile(keys, 'utf8')) }
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await at.remove()
  await ministack.stop()
  await rm(dir, { recursive: true })
})

/** Does what the publisher does: signs with KMS, stores in S3, and writes the ring's manifest to SSM. */
async function publish(version: number, where: 'inline' | 's3', limits: Limits): Promise<void> {
  const tenants = [{ id: 'acme', status: 'active' as const, limits, readers: [] }]
  const bytes = Buffer.from(compileBundle({ environment, version, platformDefaults: {}, tenants }))
  const digest = createHash('sha256').update(bytes).digest()
  const sha256 = digest.toString('hex')
  const gzip = gzipSync(bytes)
  const signer = createSigner(policyKeyAlias)
  await createObjectStore().putOnce(policyBucket, bundleObjectKey(sha256), gzip)
  const manifest = encodeManifest({
    format: 1,
    version,
    sha256,
    bytes: bytes.length,
    signature: Buffer.from(await signer.sign(digest)).toString('base64'),
    keyId: signer.keyId,
    createdAt: new Date().toISOString(),
    location:
      where === 's3'
        ? { kind: 's3', bucket: policyBucket, key: bundleObjectKey(sha256) }
        : { kind: 'inline', gzipBase64: gzip.toString('base64') },
  })
  await createParameterStore().put(manifestParameterName(environment, 'canary'), manifest)
}

const writer = new WriteRequestWriter()
function samples(count: number): Buffer {
  writer.begin()
  writer.beginSeries(['__name__', 'up'])
  for (let i = 0; i < count; i++) writer.sample(1, Date.now() - i)
  writer.endSeries()
  return snappy(writer.finish())
}
const applied = (version: number) =>
  vi.waitFor(() => expect(at.controlPlane.heartbeats.at(-1)?.body.applied?.version).toBe(version), 10_000)

it('a policy that KMS signed is enforced from SSM and S3, and stays enforced when AWS is gone', async () => {
  await publish(1, 'inline', { 'ingest.burstSamples': 5 })
  await at.start()
  await applied(1)
  expect((await at.write(samples(6))).status).toBe(400)
  await publish(2, 's3', { 'ingest.burstSamples': 50 })
  await applied(2)
  expect((await at.write(samples(6))).status).toBe(204)
  await at.stop()
  await ministack.stop()
  await at.start()
  await vi.waitFor(async () => expect((await at.get('/ready')).status).toBe(200), 20_000)
  expect((await at.write(samples(6))).status).toBe(204)
})
