// Calls every procedure of the router without a token, with each role, and for the wrong tenant.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasPermission, type Permission, permissions, type Role } from '@tickwatch/policy'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import { callProcedure } from './testing/callProcedure.ts'
import { type Procedure, procedures } from './testing/inputSchemas.ts'
import { seedPlatform, seedTenant, startTestApi, type TestApi } from './testing/testApi.ts'

const urls = useTestDatabase()
const dir = mkdtempSync(join(tmpdir(), 'tickwatch-api-'))
let api: TestApi

beforeAll(async () => {
  const ca = await openCertificateAuthority(dir)
  const server = await ca.issue({ path: 'api', usage: 'server', dnsNames: ['localhost'] })
  api = await startTestApi({ urls, caFile: ca.certFile, server })
  await seedPlatform(api.db)
  await seedTenant(api.db, 'acme')
  await seedTenant(api.db, 'globex')
})
afterAll(async () => {
  await api.stop()
  rmSync(dir, { recursive: true })
})

/** It sends no input, so a caller with the permission gets an input error or a result, never a change. */
const ask = (procedure: Procedure, token: string | null, tenantId?: string) =>
  callProcedure(api.urls().portalUrl, procedure, { token, tenantId })
const refusedWith = (answer: { status: number; text: string }, status: number) =>
  answer.status === status || answer.text.includes(`"httpStatus":${status}`)

const roles: { role: Role; groups: string[] }[] = [
  { role: 'platform-admin', groups: ['platform-admins'] },
  { role: 'platform-approver', groups: ['approvers'] },
  { role: 'auditor', groups: ['auditors'] },
  { role: 'tenant-admin', groups: ['acme-admins'] },
  { role: 'tenant-viewer', groups: ['acme-viewers'] },
]

it('every procedure declares the permission that it needs', () => {
  expect(procedures.length).toBeGreaterThan(30)
  for (const { path, meta } of procedures) {
    expect(meta?.permission, path).toBeOneOf(Object.keys(permissions))
    expect(meta?.scope, path).toBeOneOf(['session', 'tenant', 'platform'])
  }
})

describe.each(procedures)('$path', (procedure) => {
  const permission: Permission = procedure.meta?.permission ?? 'session:read'
  const scope = procedure.meta?.scope

  it('rejects a caller without a token', async () => {
    expect(refusedWith(await ask(procedure, null, 'acme'), 401)).toBe(true)
    expect(refusedWith(await ask(procedure, 'not.a.token', 'acme'), 401)).toBe(true)
    const foreign = await api.issuer.token({ sub: 'x', aud: 'portal', groups: ['platform-admins'] })
    expect(refusedWith(await ask(procedure, foreign, 'acme'), 401)).toBe(true)
  })

  it('answers each role as the table of permissions says', async () => {
    for (const { role, groups } of roles) {
      const token = await api.issuer.token({ sub: role, groups })
      const answer = await ask(procedure, token, scope === 'tenant' ? 'acme' : undefined)
      const allowed = hasPermission([{ role, tenantId: role.startsWith('tenant') ? 'acme' : null }], permission, 'acme')
      const onPlatform = scope === 'platform' && role.startsWith('tenant')
      const expected = allowed && !onPlatform
      expect(refusedWith(answer, 403), `${role}: ${answer.text}`).toBe(!expected)
      expect(refusedWith(answer, 401), `${role}: ${answer.text}`).toBe(false)
      expect(answer.status, answer.text).not.toBe(500)
    }
  })

  if (scope !== 'session')
    it('gives nothing to a person without any role', async () => {
      const token = await api.issuer.token({ sub: 'guest', groups: [] })
      expect(refusedWith(await ask(procedure, token, 'acme'), scope === 'tenant' ? 404 : 403)).toBe(true)
    })

  if (scope === 'tenant')
    it('answers for another tenant as for one that does not exist', async () => {
      const token = await api.issuer.token({ sub: 'mara', groups: ['acme-admins', 'acme-viewers'] })
      const neutral = (text: string) => text.replace(/"requestId":"[^"]*"/g, '')
      const foreign = await ask(procedure, token, 'globex')
      const missing = await ask(procedure, token, 'no-such-tenant')
      expect(refusedWith(foreign, 404)).toBe(true)
      expect(neutral(foreign.text)).toBe(neutral(missing.text))
      expect(refusedWith(await ask(procedure, token), 404)).toBe(true)
    })
})
