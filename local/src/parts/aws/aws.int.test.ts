// Tests the adapters of packages/aws against MiniStack. Their own tests cover AWS's errors.
import { createHash, verify } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createObjectStore,
  createParameterStore,
  createSecretStore,
  createSigner,
  type ObjectStore,
  type ParameterStore,
  ParameterVersionsJammed,
} from '@tickwatch/aws'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { mailSecret, storeReceiverKeys } from '../receivers/keys.ts'
import { auditBucket, policyBucket, policyKeyAlias, prepareAws } from './awsBootstrap.ts'
import { awsRegion, startMiniStack } from './ministack.ts'

let dir: string
let ministack: Awaited<ReturnType<typeof startMiniStack>>

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-aws-'))
  ministack = await startMiniStack({ dir })
  await prepareAws(ministack.url, join(dir, 'policy-public-keys.pem'))
  vi.stubEnv('AWS_REGION', awsRegion)
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  vi.stubEnv('AWS_ENDPOINT_URL', ministack.url)
})

afterAll(async () => {
  vi.unstubAllEnvs()
  await ministack?.stop()
  await rm(dir, { recursive: true, force: true })
})

describe('a parameter store', () => {
  let store: ParameterStore
  beforeAll(() => {
    store = createParameterStore()
  })

  it('returns null before the first put, then the newest value with its version', async () => {
    expect(await store.get('/tickwatch/test/none')).toBeNull()
    expect(await store.put('/tickwatch/test/newest', 'one')).toEqual({ version: 1 })
    expect(await store.put('/tickwatch/test/newest', 'zwei ü')).toEqual({ version: 2 })
    expect(await store.get('/tickwatch/test/newest')).toEqual({ value: 'zwei ü', version: 2 })
  })

  it('returns the version that a selector names, and null if that does not exist', async () => {
    const name = '/tickwatch/test/selected'
    await store.put(name, 'one')
    await store.put(name, 'two')
    await store.label(name, 1, ['last-good'])
    expect(await store.get(`${name}:last-good`)).toEqual({ value: 'one', version: 1 })
    expect(await store.get(`${name}:2`)).toEqual({ value: 'two', version: 2 })
    expect(await store.get(`${name}:9`)).toBeNull()
    expect(await store.get(`${name}:nothing`)).toBeNull()
  })

  it('moves a label to another version', async () => {
    const name = '/tickwatch/test/moved'
    await store.put(name, 'one')
    await store.label(name, 1, ['current', 'last-good'])
    await store.put(name, 'two')
    await store.label(name, 2, ['current'])
    expect(await store.get(`${name}:current`)).toMatchObject({ version: 2 })
    expect(await store.get(`${name}:last-good`)).toMatchObject({ version: 1 })
  })

  it('accepts a value of exactly 4,096 bytes', async () => {
    const value = 'x'.repeat(4_096)
    await store.put('/tickwatch/test/full', value)
    expect(await store.get('/tickwatch/test/full')).toEqual({ value, version: 1 })
  })

  it('accepts more than 100 versions while the labels move, and throws if the oldest version has a label', async () => {
    const name = '/tickwatch/test/many'
    for (let i = 1; i <= 105; i += 1) {
      const { version } = await store.put(name, `${i}`)
      await store.label(name, version, ['current'])
    }
    await store.label(name, 6, ['last-good'])
    await expect(store.put(name, 'jams')).rejects.toBeInstanceOf(ParameterVersionsJammed)
    await store.label(name, 105, ['last-good'])
    expect(await store.put(name, 'fits')).toEqual({ version: 106 })
  })
})

describe('an object store', () => {
  let store: ObjectStore
  const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => (i * 7) % 256)
  beforeAll(() => {
    store = createObjectStore()
  })

  it('returns the same bytes, and null for a missing object', async () => {
    expect(await store.get(policyBucket, 'policy/none')).toBeNull()
    expect(await store.putOnce(policyBucket, 'policy/a', bytes)).toBe('stored')
    expect(await store.get(policyBucket, 'policy/a')).toEqual(bytes)
  })

  it('stores only the first of several objects with the same key', async () => {
    const puts = [1, 2, 3, 4].map((value) => store.putOnce(policyBucket, 'policy/raced', Uint8Array.of(value)))
    const outcomes = await Promise.all(puts)
    expect(outcomes.toSorted()).toEqual(['exists', 'exists', 'exists', 'stored'])
    expect(await store.get(policyBucket, 'policy/raced')).toEqual(Uint8Array.of(outcomes.indexOf('stored') + 1))
  })

  it('lists in the order of keys, after the given key', async () => {
    for (const key of ['b', 'a', 'c']) await store.putOnce(policyBucket, `listed/${key}`, Uint8Array.of(1))
    const keys = async (after: string) => (await store.list(policyBucket, 'listed/', after)).map(({ key }) => key)
    expect(await keys('')).toEqual(['listed/a', 'listed/b', 'listed/c'])
    expect(await keys('listed/a')).toEqual(['listed/b', 'listed/c'])
    expect(await keys('listed/c')).toEqual([])
  })

  it('lets nobody delete an object in the bucket of audit checkpoints', async () => {
    await store.putOnce(auditBucket, 'audit/test/1', bytes)
    const headers = { authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${awsRegion}/s3/aws4_request` }
    const object = `${ministack.url}/${auditBucket}/audit/test/1`
    const version = (await fetch(object, { headers })).headers.get('x-amz-version-id') ?? expect.fail('no version')
    const answer = await fetch(`${object}?versionId=${version}`, { method: 'DELETE', headers })
    expect(answer.status).toBe(403)
    expect(await store.get(auditBucket, 'audit/test/1')).toEqual(bytes)
    // A plain delete only hides it: the list still has it, and so it does after another object is stored over it.
    const stored = await store.list(auditBucket, 'audit/test/', '')
    expect(stored).toMatchObject([{ key: 'audit/test/1' }])
    expect((await fetch(object, { method: 'DELETE', headers })).status).toBe(204)
    expect(await store.get(auditBucket, 'audit/test/1')).toBeNull()
    expect(await store.list(auditBucket, 'audit/test/', '')).toEqual(stored)
    await store.putOnce(auditBucket, 'audit/test/1', Uint8Array.of(2))
    expect(await store.list(auditBucket, 'audit/test/', '')).toEqual(stored)
  })

  it('throws for a missing bucket', async () => {
    await expect(store.get('no-such-bucket', 'a')).rejects.toMatchObject({ code: 'NoSuchBucket' })
  })
})

it('a secret store returns the newest text, by the whole ARN and without its random end', async () => {
  const keys = {
    ...{ pagerDutyRoutingKey: 'a', pagerDutyWebhookSecret: 'b', slackToken: 'c', webhookSecret: 'd' },
    mail: { user: 'u', pass: 'p' },
  }
  const store = createSecretStore()
  const first = await storeReceiverKeys(ministack.url, keys)
  const again = await storeReceiverKeys(ministack.url, { ...keys, slackToken: 'newer' })
  expect(again).toEqual(first)
  expect(await store.read(again.slack.replace('secretsmanager:', ''))).toBe('newer')
  expect(await store.read(mailSecret.replace('secretsmanager:', ''))).toBe('{"user":"u","pass":"p"}')
  await expect(store.read(`${mailSecret.replace('secretsmanager:', '')}-none`)).rejects.toMatchObject({
    code: 'ResourceNotFoundException',
  })
})

describe('a signer', () => {
  it('makes signatures that its public key verifies, for the signed text only', async () => {
    const signer = createSigner(policyKeyAlias)
    const text = Buffer.from('a policy bundle')
    const signature = await signer.sign(createHash('sha256').update(text).digest())
    const key = await signer.publicKeyPem()
    expect(key).toMatch(/^-----BEGIN PUBLIC KEY-----/)
    expect(verify('sha256', text, key, signature)).toBe(true)
    expect(verify('sha256', Buffer.from('another bundle'), key, signature)).toBe(false)
  })

  it('throws for a missing key', async () => {
    await expect(createSigner('alias/none').sign(new Uint8Array(32))).rejects.toMatchObject({
      code: 'NotFoundException',
    })
  })
})
