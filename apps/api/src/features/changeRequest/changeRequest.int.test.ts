import { randomUUID } from 'node:crypto'
import { changeRequests } from '@tickwatch/db'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { coded, rate, startWithPeople } from '../../testing/people.ts'
import { seedTenant } from '../../testing/testApi.ts'

const urls = useTestDatabase()
let at: Awaited<ReturnType<typeof startWithPeople>>

beforeAll(async () => {
  at = await startWithPeople(openCertificateAuthority, urls)
})
afterAll(() => at.stop())

describe('the platform admin', () => {
  it('changes a tenant’s quota by the tenant’s own rules', async () => {
    const onAcme = await at.api.as({ sub: 'tomas', groups: ['platform-admins', 'approvers'] }, 'acme')
    const beyond = { limits: { [rate]: 300_000 }, reason: 'launch', baseRevision: 0 }
    const asked = await onAcme.quota.propose.mutate(beyond)
    const id = asked.outcome === 'requested' ? asked.changeRequestId : ''
    const own = onAcme.changeRequest.approve.mutate({ id, reason: 'I say so' })
    await expect(own).rejects.toMatchObject(coded('four-eyes'))
  })
})

it('a tenant with 100 pending requests is told to withdraw one before it asks again', async () => {
  await seedTenant(at.api.db, 'initech', { [rate]: { min: 1, max: 100 } })
  const admin = await at.api.as({ sub: 'peter', groups: ['initech-admins'] }, 'initech')
  const ask = () => admin.quota.propose.mutate({ limits: { [rate]: 200 }, reason: 'more of it', baseRevision: 0 })
  await ask()
  const [first] = (await admin.quota.current.query()).pending
  await at.api.db.tenant('initech', async (tx) => {
    const request = await changeRequests.byId(tx, first?.id ?? '')
    if (!request) return expect.fail('no request')
    const { reason, limits, changes, outside, baseRevision, endsAt, boostSeconds, by, createdAt, tenantId } = request
    const asked = { reason, limits, changes, outside, baseRevision, endsAt, boostSeconds, by, createdAt, tenantId }
    for (let i = 1; i < 98; i += 1) await changeRequests.create(tx, { ...asked, id: randomUUID() })
  })
  // Two places are left, and twenty people ask at once.
  const asked = await Promise.allSettled(Array.from({ length: 20 }, ask))
  expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(2)
  expect((await admin.quota.current.query()).pending).toHaveLength(100)
  await expect(ask()).rejects.toMatchObject({
    message: expect.stringContaining('Withdraw one'),
    ...coded('requests-full'),
  })
  await admin.quota.withdraw.mutate({ id: first?.id ?? '' })
  expect(await ask()).toMatchObject({ outcome: 'requested' })
})
