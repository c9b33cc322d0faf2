// The publisher against MiniStack's SSM, S3 and KMS: the tests read and verify as a gateway does.
import { createHash, createVerify } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createObjectStore, createParameterStore, createSigner } from '@tickwatch/aws'
import { bundleObjectKey, manifestParameterName, parseBundle, parseManifest } from '@tickwatch/policy'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { policyBucket, policyKeyAlias, prepareAws } from '../../../../../../local/src/parts/aws/awsBootstrap.ts'
import { awsRegion, startMiniStack } from '../../../../../../local/src/parts/aws/ministack.ts'
import { openCertificateAuthority } from '../../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../../local/src/testing/testing.ts'
import { certificates, temporaryFolder } from '../../../testing/fixtures.ts'
import { seedPlatform, seedTenant, startTestApi, type TestApi } from '../../../testing/testApi.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
const publicKeys = join(folder.dir, 'policy-public-keys.pem')
let ministack: Awaited<ReturnType<typeof startMiniStack>>
let aws: { parameters: ReturnType<typeof createParameterStore>; objects: ReturnType<typeof createObjectStore> }
let api: TestApi
const soon = { timeout: 40_000, interval: 50 }
const fleetName = manifestParameterName('test', 'fleet')

beforeAll(async () => {
  ministack = await startMiniStack({ dir: folder.dir })
  await prepareAws(ministack.url, publicKeys)
  vi.stubEnv('AWS_REGION', awsRegion)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  vi.stubEnv('AWS_ENDPOINT_URL', ministack.url)
  aws = { parameters: createParameterStore(), objects: createObjectStore() }
  const pki = await certificates(await openCertificateAuthority(folder.dir))
  api = await startTestApi({
    ...{ urls, caFile: pki.caFile, server: pki.server },
    aws: { ...aws, signer: createSigner(policyKeyAlias) },
    env: { POLICY_BUCKET: policyBucket },
  })
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme', { 'ingest.samplesPerSecond': { min: 1, max: 100_000 } })
})
afterAll(async () => {
  await api.stop()
  await ministack.stop()
  vi.unstubAllEnvs()
  folder.remove()
})

const newest = async () => {
  const parameter = await aws.parameters.get(fleetName)
  return parameter ? { parameter, manifest: parseManifest(parameter.value) } : expect.fail('no manifest')
}

it('a quota edit’s bundle is stored under its hash and signed by the key of the image', async () => {
  const admin = await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme')
  const limits = { 'ingest.samplesPerSecond': 12_345 }
  await admin.quota.propose.mutate({ limits, reason: 'a test of it', baseRevision: 0 })
  const { manifest, json } = await vi.waitFor(async () => {
    const { manifest } = await newest()
    const stored = await aws.objects.get(policyBucket, bundleObjectKey(manifest.sha256))
    const json = gunzipSync(stored ?? expect.fail('no bundle')).toString()
    expect(parseBundle(json, 'test').tenants.get('acme')?.limits).toEqual(limits)
    return { manifest, json }
  }, soon)
  expect(createHash('sha256').update(json).digest('hex')).toBe(manifest.sha256)
  expect(parseBundle(json, 'test').version).toBe(manifest.version)
  const verifier = createVerify('sha256').update(json)
  expect(verifier.verify(readFileSync(publicKeys), Buffer.from(manifest.signature, 'base64'))).toBe(true)
  const { location } = manifest
  expect(location.kind === 'inline' && gunzipSync(Buffer.from(location.gzipBase64, 'base64')).toString()).toBe(json)
})

it('a bundle that is too large for the parameter is only in S3', async () => {
  const ids = Array.from({ length: 400 }, (_, i) => `studio-${createHash('sha1').update(`${i}`).digest('hex')}`)
  for (const id of ids) await seedTenant(api.db, id)
  const platform = await api.as({ sub: 'tomas', groups: ['platform-admins'] })
  await platform.tenant.create.mutate({ id: 'one-more', name: 'One more', plan: 'indie' })
  await vi.waitFor(async () => {
    const { location, sha256 } = (await newest()).manifest
    expect(location).toEqual({ kind: 's3', bucket: policyBucket, key: bundleObjectKey(sha256) })
  }, soon)
})

it('a change by hand in SSM is undone', async () => {
  const { parameter } = await newest()
  await aws.parameters.put(fleetName, 'changed by hand')
  await vi.waitFor(async () => expect((await newest()).parameter.value).toBe(parameter.value), soon)
  const labelled = await aws.parameters.get(`${fleetName}:current`)
  expect(labelled?.value).toBe(parameter.value)
})

it('MiniStack killed during an edit: the change reaches SSM when it is back', async () => {
  const admin = await api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme')
  const before = (await newest()).manifest.version
  const port = Number(new URL(ministack.url).port)
  await ministack.kill('SIGKILL')
  const limits = { 'ingest.samplesPerSecond': 54_321 }
  await admin.quota.propose.mutate({ limits, reason: 'during an outage', baseRevision: 1 })
  ministack = await startMiniStack({ dir: folder.dir, port })
  await vi.waitFor(async () => expect((await newest()).manifest.version).toBeGreaterThan(before), soon)
})
