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

it('a request that is approved in part says what was asked, what was approved, by whom and why', async () => {
  const id = await ask(330_000)
  const tooMuch = ewa.changeRequest.approveLess.mutate({ id, reason: 'more room', limits: { [rate]: 330_001 } })
  await expect(tooMuch).rejects.toMatchObject(coded('approval-beyond-request'))
  const limits = { [rate]: 320_000 }
  const decided = await ewa.changeRequest.approveLess.mutate({ id, reason: 'all that fits', limits })
  const parts = {
    changes: [{ limit: rate, from: 310_000, to: 330_000 }],
    approved: [{ limit: rate, from: 310_000, to: 320_000 }],
  }
  expect(decided).toMatchObject({ state: 'approved', ...parts, fleetTotal: { capacity: 1_000_000 } })
  expect(await mara.quota.request.query({ id })).toMatchObject({
    ...parts,
    decision: { by: { name: 'ewa' }, reason: 'all that fits' },
  })
  const [newest] = (await mara.quota.history.query({})).items
  expect(newest).toMatchObject({
    changes: parts.approved,
    asked: parts.changes,
    approvedBy: { name: 'ewa' },
    approvalReason: 'all that fits',
  })
  const [event] = (await at.auditor.audit.list.query({ action: 'changeRequest.approve' })).items
  expect(event).toMatchObject({
    actorName: 'ewa',
    reason: 'all that fits',
    before: { asked: { [rate]: 330_000 }, limits: { [rate]: 310_000 } },
    after: { approved: limits, limits },
  })
})

it('a request whose limit changed is outdated, even if the approver approves less', async () => {
  const id = await ask(350_000)
  const { revision: baseRevision } = await mara.quota.current.query()
  await mara.quota.propose.mutate({ limits: { [rate]: 50_000 }, reason: 'less traffic', baseRevision })
  const late = ewa.changeRequest.approveLess.mutate({ id, reason: 'some room', limits: { [rate]: 340_000 } })
  await expect(late).rejects.toMatchObject(coded('request-outdated'))
})

it('an approver asks about a request, which waits until the tenant answers', async () => {
  const id = await ask(340_000)
  const colleague = await at.api.as({ sub: 'lee', groups: ['acme-admins'] }, 'acme')
  const answer = (text: string) => colleague.quota.answer.mutate({ id, answer: text })
  await expect(answer('until Sunday')).rejects.toMatchObject(coded('nothing-asked'))
  await ewa.changeRequest.ask.mutate({ id, question: 'until when?' })
  const question = { kind: 'question', by: { name: 'ewa' }, text: 'until when?' }
  expect(await mara.quota.request.query({ id })).toMatchObject({ state: 'pending', messages: [question] })
  expect((await mara.quota.current.query()).pending).toMatchObject([{ id, messages: [question] }])
  await expect(stranger.quota.answer.mutate({ id, answer: 'not mine' })).rejects.toMatchObject(
    coded('change-request-not-found'),
  )
  await answer('until Sunday')
  await expect(answer('or Monday')).rejects.toMatchObject(coded('nothing-asked'))
  expect((await ewa.changeRequest.get.query({ id })).messages).toMatchObject([
    question,
    { kind: 'answer', by: { name: 'lee' }, text: 'until Sunday' },
  ])
  const events = (await at.auditor.audit.list.query({ tenantId: 'acme', pageSize: 2 })).items
  expect(events).toMatchObject([
    { action: 'changeRequest.answer', actorName: 'lee', target: id, after: { answer: 'until Sunday' } },
    { action: 'changeRequest.ask', actorName: 'ewa', target: id, after: { question: 'until when?' } },
  ])

  for (let i = 0; i < 9; i += 1) await ewa.changeRequest.ask.mutate({ id, question: `question ${i}` })
  const more = ewa.changeRequest.ask.mutate({ id, question: 'one more?' })
  await expect(more).rejects.toMatchObject(coded('questions-full'))
  await answer('that is all')
  const both = await at.api.as({ sub: 'mara', groups: ['acme-admins', 'approvers'] })
  await expect(both.changeRequest.ask.mutate({ id, question: 'may I?' })).rejects.toMatchObject(coded('four-eyes'))
  await mara.quota.withdraw.mutate({ id })
  const late = ewa.changeRequest.ask.mutate({ id, question: 'why not?' })
  await expect(late).rejects.toMatchObject(coded('request-decided'))
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
  const second = await mara.quota.decided.query({ pageSize: 4, cursor: first.nextCursor })
  const states = ['withdrawn', 'withdrawn', 'outdated', 'approved', 'approved', 'declined']
  expect([...first.items, ...second.items].map(({ state }) => state)).toEqual(states)
  expect(second.nextCursor).toBeNull()
})

it('another tenant finds no such request', async () => {
  const id = await ask(360_000)
  await expect(stranger.quota.request.query({ id })).rejects.toMatchObject(coded('change-request-not-found'))
  expect((await stranger.quota.decided.query({})).items).toEqual([])
})
