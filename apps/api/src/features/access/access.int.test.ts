import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { coded, startWithPeople } from '../../testing/people.ts'

const urls = useTestDatabase()
let at: Awaited<ReturnType<typeof startWithPeople>>

beforeAll(async () => {
  at = await startWithPeople(openCertificateAuthority, urls)
})
afterAll(() => at.stop())

describe('access', () => {
  it('shows each person what they may do', async () => {
    expect(await at.owner.access.me.query()).toMatchObject({
      subject: 'mara',
      platformPermissions: ['session:read', 'session:end', 'freshness:read', 'slo:read', 'notice:read'],
      tenants: [{ id: 'acme', permissions: expect.arrayContaining(['quota:propose']) }],
    })
    const all = await at.auditor.access.me.query()
    expect(all.platformPermissions).toContain('audit:read')
    expect(all.tenants.map((t) => t.id)).toEqual(['acme', 'tickwatch'])
    expect(all.tenants[0]?.permissions).not.toContain('quota:propose')
  })

  it('granted to a person’s address opens a tenant at once, and closes it when removed', async () => {
    const lee = { sub: 'lee', email: 'Lee@acme.example' }
    const person = await at.api.as({ ...lee, email_verified: true }, 'acme')
    await expect(person.quota.current.query()).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } })
    const input = {
      role: 'tenant-viewer',
      tenantId: 'acme',
      subjectKind: 'person',
      subject: 'lee@Acme.example',
      reason: 'On call from Monday',
    } as const
    const grant = await at.platform.access.addGrant.mutate(input)
    expect((await person.quota.current.query()).tenant.id).toBe('acme')
    const unverified = await at.api.as(lee, 'acme')
    await expect(unverified.quota.current.query()).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } })
    expect(await unverified.access.me.query()).toMatchObject({ email: null, unverifiedEmail: 'lee@acme.example' })
    const crowded = await at.api.as({ ...lee, _claim_names: { groups: 'src1' } })
    expect((await crowded.access.me.query()).groupsLeftOut).toBe(true)
    expect((await unverified.access.me.query()).groupsLeftOut).toBe(false)
    await expect(at.platform.access.addGrant.mutate(input)).rejects.toMatchObject(coded('grant-exists'))
    await at.platform.access.removeGrant.mutate({ id: grant.id, reason: 'Left the team' })
    await expect(person.quota.current.query()).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } })
    const [revoked, granted] = (await at.auditor.audit.list.query({ actor: 'tomas' })).items
    expect(revoked).toMatchObject({
      action: 'access.revoke',
      reason: 'Left the team',
      before: { subject: 'lee@acme.example' },
      after: null,
    })
    expect(granted).toMatchObject({ action: 'access.grant', reason: input.reason, tenantId: 'acme', before: null })
  })

  it('shows its holders: platform roles to everyone, a tenant’s roles to people with a role there', async () => {
    const stranger = await at.api.as({ sub: 'sam' })
    const group = (subject: string) => ({ subjectKind: 'group', subject })
    expect(await stranger.access.holders.query({ permission: 'audit:read' })).toEqual({
      holders: [group('auditors'), group('platform-admins')],
      more: false,
    })
    const ofAcme = { permission: 'quota:propose', tenantId: 'acme' } as const
    expect(await at.owner.access.holders.query(ofAcme)).toEqual({ holders: [group('acme-admins')], more: false })
    await expect(stranger.access.holders.query(ofAcme)).rejects.toMatchObject(coded('tenant-not-found'))
  })

  it('of the last platform admin cannot be removed', async () => {
    const { items } = await at.platform.access.grants.query({ search: 'platform-admin' })
    const [last] = items
    const removal = at.platform.access.removeGrant.mutate({ id: last?.id ?? '' })
    await expect(removal).rejects.toMatchObject(coded('last-platform-admin'))
  })

  it('to a person needs an e-mail address, because it would never apply to anything else', async () => {
    const input = { role: 'auditor', tenantId: null, subjectKind: 'person', subject: 'not-an-email' } as const
    await expect(at.platform.access.addGrant.mutate(input)).rejects.toMatchObject({
      message: expect.stringContaining('Enter an e-mail address'),
    })
  })

  it('to a tenant that does not exist is refused', async () => {
    const input = { role: 'tenant-admin', tenantId: 'nobody-here', subjectKind: 'group', subject: 'x' } as const
    await expect(at.platform.access.addGrant.mutate(input)).rejects.toMatchObject(coded('tenant-not-found'))
  })
})
