import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { environment as apiEnvironment } from '../apps/api/src/config.ts'
import { byIdInput, heartbeatInput } from '../apps/api/src/features/gateway/gateway.types.ts'
import { createInput as readerInput } from '../apps/api/src/features/reader/reader.types.ts'
import { createInput as tenantInput } from '../apps/api/src/features/tenant/tenant.types.ts'
import { environment as gatewayEnvironment } from '../apps/gateway/src/env.ts'
import { identityOf, identityPattern } from '../apps/gateway/src/server/identity.ts'
import { idForms, peerSpiffeId } from '../packages/policy/src/index.ts'

/** Lengths up to the longest that is allowed, and beyond: fast-check's own choice is short. */
const long = { size: 'max' } as const

type Schema = { safeParse(value: unknown): { success: boolean } }
const by = (schema: Schema) => (id: string) => schema.safeParse(id).success

const writers = identityPattern('tickwatch.local', 'writer')
const identity = (tenant: string, name: string) =>
  identityOf(`Hash=0a;URI=${peerSpiffeId('tickwatch.local', tenant, 'writer', name)}`, writers) !== null

// envoy.int.test.ts and catalog.int.test.ts hold Envoy and Postgres to the same forms.
it.each<[keyof typeof idForms, ((id: string) => boolean)[]]>([
  [
    'tenant',
    [by(tenantInput.shape.id), by(heartbeatInput.shape.tenants.unwrap().keyType), (id) => identity(id, 'game')],
  ],
  ['gateway', [by(byIdInput.shape.gatewayId), by(gatewayEnvironment.shape.GATEWAY_ID)]],
  [
    'ring',
    [by(heartbeatInput.shape.ring), by(gatewayEnvironment.shape.GATEWAY_RING), by(apiEnvironment.shape.POLICY_WAVES)],
  ],
  ['peer', [by(readerInput.shape.name), (name) => identity('acme', name)]],
  ['environment', [by(apiEnvironment.shape.TICKWATCH_ENVIRONMENT), by(gatewayEnvironment.shape.TICKWATCH_ENVIRONMENT)]],
  ['trustDomain', [by(apiEnvironment.shape.TRUST_DOMAIN), by(gatewayEnvironment.shape.TRUST_DOMAIN)]],
])('every part accepts the same ids of a %s', (kind, parts) => {
  const { pattern } = idForms[kind]
  const text = fc.oneof(fc.stringMatching(pattern, long), fc.stringMatching(/^[A-Za-z0-9._-]{0,70}$/, long))
  fc.assert(
    fc.property(text, (id) => {
      for (const accepts of parts) expect(accepts(id)).toBe(pattern.test(id))
    }),
  )
})

it.each([
  ['tenant', idForms.tenant],
  ['writer, reader', idForms.peer],
  ['gateway', idForms.gateway],
])('the form of the name of a %s is documented', (name, { source }) => {
  const page = readFileSync(new URL('../docs/operating.md', import.meta.url), 'utf8')
  expect(page).toContain(`| ${name} | \`${source}\` |`)
})
