// What a requester can see of the own request: its decision, by whom and why.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { coded, rate, startWithPeople } from '../../testing/people.ts'
import { type Client, seedTenant } from '../../testing/testApi.ts'

const urls = useTestDatabase()
let at: Awaited<ReturnType<typeof startWithPeople>>
let mara: Client
let ewa: Client
let stranger: Client

beforeAll(async () => {
  at = await startWithPeople(openCertificateAuthority, urls)
  mara = await at.api.as({ sub: 'mara', groups: ['acme-admins'] }, 'acme')
  ewa = await at.api.as({ sub: 'ewa', groups: ['approvers'] })
  await seedTenant(at.api.db, 'globex')
  stranger = await at.api.as({ sub: 'gil', groups: ['globex-admins'] }, 'globex')
})
afterAll(() => at.stop())

async function ask(value: number): Promise<string> {
  const { revision: baseRevision } = await mara.quota.current.query()
  const asked = await mara.quota.propose.mutate({ limits: { [rate]: value }, reason: 'a launch', baseRevision })
  return asked.outcome === 'requested' ? asked.changeRequestId : expect.fail('applied without a request')
}

it('a declined request says who declined it and why, and what was asked', async () => {
  const id = await ask(300_000)
  expect(await mara.quota.request.query({ id })).toMatchObject({ id, state: 'pending', decision: null })
  await ewa.changeRequest.decline.mutate({ id, reason: 'the storage is full' })
  const declined = {
    state: 'declined',
    reason: 'a launch',
    limits: { [rate]: 300_000 },
    decision: { by: { subject: 'ewa', name: 'ewa' }, reason: 'the storage is full' },
    appliedRevision: null,
  }
  expect(await mara.quota.request.query({ id })).toMatchObject(declined)
  expect((await mara.quota.decided.query({})).items).toMatchObject([{ id, ...declined }])
})

it('an approved request says who approved it and why, and so does the history', async () => {
  const id = await ask(310_000)
  await ewa.changeRequest.approve.mutate({ id, reason: 'the storage is ready' })
  const { revision } = await mara.quota.current.query()
  expect(await mara.quota.request.query({ id })).toMatchObject({ state: 'approved', appliedRevision: revision })
  const [newest] = (await mara.quota.history.query({})).items
  expect(newest).toMatchObject({ revision, approvedBy: { name: 'ewa' }, approvalReason: 'the storage is ready' })
})

it('a withdrawn request says so', async () => {
  const id = await ask(320_000)
  await mara.quota.withdraw.mutate({ id })
  expect(await mara.quota.request.query({ id })).toMatchObject({
    state: 'withdrawn',
    decision: { by: { name: 'mara' } },
  })
})

it('lists requests page by page, the newest decision first', async () => {
  const first = await mara.quota.decided.query({ pageSize: 2 })
  const second = await mara.quota.decided.query({ pageSize: 2, cursor: first.nextCursor })
  expect([...first.items, ...second.items].map(({ state }) => state)).toEqual(['withdrawn', 'approved', 'declined'])
  expect(second.nextCursor).toBeNull()
})

it('another tenant finds no such request', async () => {
  const id = await ask(330_000)
  await expect(stranger.quota.request.query({ id })).rejects.toMatchObject(coded('change-request-not-found'))
  expect((await stranger.quota.decided.query({})).items).toEqual([])
})
