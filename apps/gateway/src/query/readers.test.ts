import { createHash } from 'node:crypto'
import { parseBundle, type ReaderToken } from '@tickwatch/policy'
import { expect, it } from 'vitest'
import { compilePolicy } from '../policy/policy.ts'
import { identityPattern } from '../server/identity.ts'
import { environment, newSigningKey, publish } from '../testing/policies.ts'
import { reader } from '../testing/testGateway.ts'
import { credentialsOf, readerOf } from './readers.ts'

const pattern = identityPattern('tickwatch.local', 'reader')
const nowMs = Date.parse('2026-12-01T00:00:00Z')
const token = (secret: string, expiresAt = '2027-01-01T00:00:00.000Z'): ReaderToken => ({
  name: `the ${secret}`,
  sha256: createHash('sha256').update(secret).digest('hex'),
  expiresAt,
})
const { json, manifest } = publish(
  {
    version: 1,
    tenants: [
      { id: 'acme', readers: [token('secret'), token('ended', '2026-12-01T00:00:00.000Z')] },
      { id: 'globex', readers: [token('other')] },
    ],
  },
  newSigningKey().privateKey,
)
const policy = compilePolicy(parseBundle(json, environment), manifest.sha256, null)

function identify(headers: Record<string, string>) {
  const shown = credentialsOf(headers, pattern)
  return 'status' in shown ? shown : readerOf(shown, policy, nowMs)
}

it.each([
  ['a certificate', reader('acme'), { tenantId: 'acme', name: 'grafana' }],
  ['a token', { authorization: 'Bearer secret' }, { tenantId: 'acme', name: 'the secret' }],
  ['a token with a lower-case scheme', { authorization: 'bearer  secret' }, { tenantId: 'acme' }],
  ['both of one tenant', { ...reader('acme'), authorization: 'Bearer secret' }, { tenantId: 'acme' }],
])('a reader is identified by %s', (_how, headers, expected) => {
  expect(identify(headers)).toMatchObject(expected)
})

const writer = { 'x-forwarded-client-cert': 'URI=spiffe://tickwatch.local/tenant/acme/writer/edge' }
it.each([
  ['a caller without credentials', {}, 401, 'neither a client certificate nor a token'],
  ['a caller with a password', { authorization: 'Basic YTpi' }, 401, 'not a bearer token'],
  ['a caller with a very long token', { authorization: `Bearer ${'x'.repeat(600)}` }, 401, 'not a bearer token'],
  ['an unknown token', { authorization: 'Bearer guess' }, 401, 'the token is unknown'],
  ['the hash of a token', { authorization: `Bearer ${token('secret').sha256}` }, 401, 'the token is unknown'],
  ['a token that expires now', { authorization: 'Bearer ended' }, 401, 'the ended has expired'],
  ['a writer', writer, 403, "not a reader's"],
  ['a writer with a token', { ...writer, authorization: 'Bearer secret' }, 403, "not a reader's"],
  ['a reader with an unknown token', { ...reader('acme'), authorization: 'Bearer guess' }, 401, 'the token is unknown'],
  ["a reader with another tenant's token", { ...reader('acme'), authorization: 'Bearer other' }, 403, 'different'],
])('%s is refused', (_caller, headers, status, detail) => {
  expect(identify(headers as Record<string, string>)).toMatchObject({ status, detail: expect.stringContaining(detail) })
})
