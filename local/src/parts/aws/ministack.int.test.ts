import { createPublicKey } from 'node:crypto'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callMiniStack, prepareAws } from './awsBootstrap.ts'
import { startMiniStack } from './ministack.ts'

let dir: string
let ministack: Awaited<ReturnType<typeof startMiniStack>>
const ssm = (action: string, input: object) =>
  callMiniStack<Record<string, unknown>>(ministack.url, `AmazonSSM.${action}`, input)
const put = (Name: string, Value: string) => ssm('PutParameter', { Name, Value, Type: 'String', Overwrite: true })
const get = (Name: string) => ssm('GetParameter', { Name })

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'tickwatch-ministack-'))
  ministack = await startMiniStack({ dir })
})
afterAll(async () => {
  await ministack.stop()
  await rm(dir, { recursive: true })
})

it('a confirmed write survives SIGKILL', async () => {
  await put('/kept', 'one')
  await put('/kept', 'two')
  await ministack.kill('SIGKILL')
  ministack = await startMiniStack({ dir })
  expect(await get('/kept')).toMatchObject({ Parameter: { Value: 'two', Version: 2 } })
})

it('a standard parameter over 4,096 bytes is rejected', async () => {
  await put('/size', 'x'.repeat(4_096))
  await expect(put('/size', 'x'.repeat(4_097))).rejects.toThrow('4096 bytes')
})

it('version 101 removes the oldest one, unless that has a label', async () => {
  const label = (ParameterVersion: number) =>
    ssm('LabelParameterVersion', { Name: '/many', ParameterVersion, Labels: ['last-good'] })
  for (let version = 1; version <= 101; version++) await put('/many', `v${version}`)
  await label(2)
  await expect(put('/many', 'one too many')).rejects.toThrow('ParameterMaxVersionLimitExceeded')
  await label(101)
  expect(await put('/many', 'fits again')).toMatchObject({ Version: 102 })
  await expect(get('/many:1')).rejects.toThrow('ParameterVersionNotFound')
})

it('a call to a service that MiniStack lacks is rejected at once', async () => {
  const startedAt = performance.now()
  const response = await fetch(`${ministack.url}/workspaces`, {
    headers: {
      authorization:
        'AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/aps/aws4_request, SignedHeaders=host, Signature=0',
    },
  })
  expect(response.status).toBe(501)
  expect(performance.now() - startedAt).toBeLessThan(10_000)
})

it('preparing the account twice keeps the key and the bucket', async () => {
  const file = join(dir, 'policy-public-keys.pem')
  await prepareAws(ministack.url, file)
  const first = await readFile(file, 'utf8')
  await prepareAws(ministack.url, file)
  expect(await readFile(file, 'utf8')).toBe(first)
  expect(createPublicKey(first).asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' })
})
