// Tests the adapters against a server that returns errors as AWS does. What MiniStack and the AMP stand-in support is
// tested in local/.
import type { ServerResponse } from 'node:http'
import { describe, expect, it, vi } from 'vitest'
import { createAmis } from './amis.ts'
import {
  AwsUnavailable,
  createObjectStore,
  createParameterStore,
  createSecretStore,
  createSigner,
  ParameterVersionsJammed,
} from './index.ts'
import { awsFault, json, useScriptedAws } from './testing/scriptedAws.ts'

const aws = useScriptedAws()

describe('a call that its caller aborts', () => {
  const calls: [string, (signal: AbortSignal) => Promise<unknown>][] = [
    ['SSM GetParameter', (signal) => createParameterStore().get('/p', signal)],
    ['SSM PutParameter', (signal) => createParameterStore().put('/p', 'v', signal)],
    ['SSM LabelParameterVersion', (signal) => createParameterStore().label('/p', 1, ['current'], signal)],
    ['S3 PutObject', (signal) => createObjectStore().putOnce('b', 'k', new Uint8Array(1), signal)],
    ['Secrets Manager GetSecretValue', (signal) => createSecretStore().read('arn', signal)],
    ['EC2 DescribeImages', (signal) => createAmis().describe('eu-west-1', ['ami-1'], signal)],
    ['KMS Sign', (signal) => createSigner('key').sign(new Uint8Array(32), signal)],
  ]
  it.each(calls)('ends at once and is not retried: %s', async (_name, call) => {
    aws.script('no answer')
    const ending = new AbortController()
    const outcome = call(ending.signal)
    await vi.waitFor(() => expect(aws.seen).toHaveLength(1))
    const endedAt = performance.now()
    ending.abort()
    await expect(outcome).rejects.toBeInstanceOf(AwsUnavailable)
    // Sooner than the 5 s that a request may take.
    expect(performance.now() - endedAt).toBeLessThan(4_000)
    expect(aws.seen).toHaveLength(1)
  })
})

describe('a parameter store', () => {
  it('rejects more than 4,096 bytes of UTF-8 without sending anything', async () => {
    const store = createParameterStore()
    await expect(store.put('/p', 'ä'.repeat(2_049))).rejects.toMatchObject({ code: 'ParameterTooLarge' })
    expect(aws.seen).toHaveLength(0)
    aws.script(json({ Version: 7 }))
    expect(await store.put('/p', 'ä'.repeat(2_048))).toEqual({ version: 7 })
    expect(JSON.parse(`${aws.seen[0]?.body}`)).toMatchObject({ Tier: 'Standard', Overwrite: true, Type: 'String' })
  })

  it('throws ParameterVersionsJammed if SSM has no room for another version', async () => {
    aws.script(awsFault(400, 'ParameterMaxVersionLimitExceeded'))
    await expect(createParameterStore().put('/p', 'v')).rejects.toBeInstanceOf(ParameterVersionsJammed)
  })

  it.each(['ParameterNotFound', 'ParameterVersionNotFound'])('returns null for %s', async (type) => {
    aws.script(awsFault(400, type))
    expect(await createParameterStore().get('/p:3')).toBeNull()
  })

  it('names the labels that SSM did not attach', async () => {
    aws.script(json({ InvalidLabels: ['current'], ParameterVersion: 1 }))
    await expect(createParameterStore().label('/p', 1, ['current'])).rejects.toThrow('did not attach current')
  })

  it('does not send labels that break the rules', async () => {
    await expect(createParameterStore().label('/p', 1, ['1st'])).rejects.toMatchObject({ code: 'InvalidLabels' })
    expect(aws.seen).toHaveLength(0)
  })

  it('tries three times, then throws AwsUnavailable', async () => {
    aws.script(awsFault(500, 'InternalServerError'))
    await expect(createParameterStore().get('/p')).rejects.toBeInstanceOf(AwsUnavailable)
    expect(aws.seen).toHaveLength(3)
  })

  it('does not retry a request that SSM refused', async () => {
    aws.script(awsFault(400, 'AccessDeniedException'))
    await expect(createParameterStore().get('/p')).rejects.toMatchObject({ code: 'AccessDeniedException' })
    expect(aws.seen).toHaveLength(1)
  })

  it('throws AwsUnavailable if nothing listens', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL', 'http://127.0.0.1:1')
    await expect(createParameterStore().get('/p')).rejects.toBeInstanceOf(AwsUnavailable)
  })

  it('reuses one connection', async () => {
    aws.script(json({ Parameter: { Value: 'v', Version: 1 } }))
    const store = createParameterStore()
    for (let i = 0; i < 5; i += 1) await store.get('/p')
    expect(aws.sockets).toBe(1)
  })
})

describe('an object store', () => {
  it('returns exists if the key is taken, and puts the bucket into the path at a custom endpoint', async () => {
    // Use a host name: with an IP address the SDK never uses a subdomain for the bucket.
    vi.stubEnv('AWS_ENDPOINT_URL', aws.url.replace('127.0.0.1', 'localhost'))
    aws.script({ status: 412, body: '<Error><Code>PreconditionFailed</Code></Error>' })
    expect(await createObjectStore().putOnce('bucket', 'a/b', new Uint8Array([1]))).toBe('exists')
    expect(aws.seen[0]).toMatchObject({ method: 'PUT', headers: { 'if-none-match': '*' } })
    expect(aws.seen[0]?.path).toMatch(/^\/bucket\/a\/b/)
  })

  it('returns null for a missing key, but throws for a missing bucket', async () => {
    const store = createObjectStore()
    aws.script({ status: 404, body: '<Error><Code>NoSuchKey</Code></Error>' })
    expect(await store.get('bucket', 'a')).toBeNull()
    aws.script({ status: 404, body: '<Error><Code>NoSuchBucket</Code></Error>' })
    await expect(store.get('bucket', 'a')).rejects.toMatchObject({ code: 'NoSuchBucket' })
  })

  it('throws AwsUnavailable if the body is incomplete', async () => {
    aws.script({ status: 200, headers: { 'content-length': '100' }, body: 'short' })
    aws.server.removeAllListeners('request').on('request', (_request, response: ServerResponse) => {
      response.writeHead(200, { 'content-length': '100' })
      response.write('short', () => response.socket?.destroy())
    })
    await expect(createObjectStore().get('bucket', 'a')).rejects.toBeInstanceOf(AwsUnavailable)
  })
})

describe('a signer', () => {
  it('throws AwsRefused with the code of KMS', async () => {
    aws.script(awsFault(400, 'DisabledException'))
    await expect(createSigner('alias/policy').sign(new Uint8Array(32))).rejects.toMatchObject({
      name: 'AwsRefused',
      code: 'DisabledException',
    })
  })
})

describe('a secret store', () => {
  it('returns the text of a secret', async () => {
    aws.script(json({ SecretString: 'shh' }))
    expect(await createSecretStore().read('arn:a')).toBe('shh')
    expect(JSON.parse(`${aws.seen[0]?.body}`)).toEqual({ SecretId: 'arn:a' })
  })

  it('throws AwsRefused for a missing secret, and for one that is not text, without its value', async () => {
    aws.script(awsFault(400, 'ResourceNotFoundException'))
    await expect(createSecretStore().read('arn:a')).rejects.toMatchObject({ code: 'ResourceNotFoundException' })
    aws.script(json({ SecretBinary: 'c2ho' }))
    await expect(createSecretStore().read('arn:a')).rejects.toMatchObject({ code: 'NotText' })
  })
})

describe('AMIs', () => {
  const answer = (items: string, next = '') => ({
    status: 200,
    body: `<DescribeImagesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><imagesSet>${items}</imagesSet>${next}</DescribeImagesResponse>`,
  })
  const ec2Fault = (status: number, code: string) => ({
    status,
    body: `<Response><Errors><Error><Code>${code}</Code><Message>no</Message></Error></Errors></Response>`,
  })
  const item = (id: string, more = '') => `<item><imageId>${id}</imageId>${more}</item>`

  it('are asked for in their region by a filter, page by page, at most 200 in a call', async () => {
    aws.script(
      answer(item('ami-1'), '<nextToken>two</nextToken>'),
      answer(item('ami-2', '<imageState>available</imageState><imageOwnerId>1</imageOwnerId>')),
      answer(
        item(
          'ami-3',
          '<architecture>arm64</architecture><imdsSupport>v2.0</imdsSupport><tagSet><item><key>a</key><value>b</value></item></tagSet>',
        ),
      ),
    )
    const ids = Array.from({ length: 201 }, (_, i) => `ami-${i}`)
    const none = { ownerId: '', state: '', architecture: '', imdsSupport: null, tags: {} }
    expect(await createAmis().describe('eu-west-1', ids)).toEqual([
      { ...none, imageId: 'ami-1' },
      { ...none, imageId: 'ami-2', state: 'available', ownerId: '1' },
      { ...none, imageId: 'ami-3', architecture: 'arm64', imdsSupport: 'v2.0', tags: { a: 'b' } },
    ])
    const asked = aws.seen.map(({ body }) => new URLSearchParams(`${body}`))
    expect(
      asked.map((each) => [each.get('NextToken'), each.get('Filter.1.Value.200'), each.get('Filter.1.Value.2')]),
    ).toEqual([
      [null, 'ami-199', 'ami-1'],
      ['two', 'ami-199', 'ami-1'],
      [null, null, null],
    ])
    expect(asked[0]?.get('Filter.1.Name')).toBe('image-id')
    expect(aws.seen[0]?.headers.authorization).toContain('/eu-west-1/ec2/')
  })

  it('are refused with the code of EC2, and a throttled call is retried', async () => {
    aws.script(ec2Fault(403, 'UnauthorizedOperation'))
    await expect(createAmis().describe('eu-west-1', ['ami-1'])).rejects.toMatchObject({ code: 'UnauthorizedOperation' })
    aws.script(ec2Fault(503, 'RequestLimitExceeded'), answer(item('ami-1')))
    expect(await createAmis().describe('eu-west-1', ['ami-1'])).toHaveLength(1)
  })
})
