// Approving a rollout over the API: how many, who, and exactly what.
import { randomUUID } from 'node:crypto'
import { apiTokens, auditLog, type Change, images, rollouts } from '@tickwatch/db'
import type { Json } from '@tickwatch/policy'
import { newRollout } from '@tickwatch/rollout'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import type { Caller } from '../../auth/caller.ts'
import { coded, soon, startWithPeople } from '../../testing/people.ts'
import { sampleRollout } from '../../testing/sampleRollout.ts'
import type { Client } from '../../testing/testApi.ts'
import { hashOf } from '../slo/slo.rules.ts'
import { askPlatform } from './askPlatform.ts'
import { rolloutSubject } from './rolloutSubject.ts'

const urls = useTestDatabase()
const imageId = randomUUID()
const by = { subject: 'tomas', name: 'Tomas' }
const reason = 'a new release'
let at: Awaited<ReturnType<typeof startWithPeople>>
let aiko: Client
let pat: Client

beforeAll(async () => {
  at = await startWithPeople(openCertificateAuthority, urls)
  aiko = await at.api.as({ sub: 'aiko', groups: ['approvers'] })
  pat = await at.api.as({ sub: 'pat', groups: ['approvers'] })
  await at.api.db.platform(async (tx) => {
    const [token, now] = [{ id: randomUUID(), name: 'pipeline' }, new Date()]
    const expiresAt = new Date(now.getTime() + 60_000)
    await apiTokens.create(tx, {
      ...token,
      scopes: ['images:register'],
      createdAt: now,
      by,
      expiresAt,
      sha256: hashOf('token'),
    })
    await images.create(tx, {
      ...{ id: imageId, name: 'gateway', version: '0.2.0', registeredAt: now, token },
      ...{ changelog: '', manifest: '{}', bundle: '{}', amis: [], reports: [] },
    })
  })
})
afterAll(() => at?.stop())

const asker: Caller = {
  ...by,
  ...{ email: null, unverifiedEmail: null, groupsLeftOut: false, sessionId: null, held: [] },
  ...{ expiresAtMs: 0, requestId: 'r', source: null },
}

/** Tomas asks for a rollout in this environment, of which each test has its own. */
const ask = (environment: string, { agoMs = 0, forMs = 86_400_000 } = {}) =>
  at.api.db.platform(async (tx) => {
    const [rolloutId, asked] = [randomUUID(), sampleRollout(environment, imageId)]
    const id = await askPlatform(tx, asker, rolloutSubject(rolloutId, asked), { rollout: rolloutId }, reason)
    const createdAt = new Date(Date.now() - agoMs)
    const number = await rollouts.create(tx, {
      ...{ id: rolloutId, ...asked, planSha256: hashOf(asked.plan as Json), state: newRollout(), phase: 'waiting' },
      ...{ by, reason, createdAt, expiresAt: new Date(createdAt.getTime() + forMs), changeRequestId: id },
    })
    return { id, rolloutId, number }
  })
const approve = (who: Client, id: string) => who.changeRequest.approve.mutate({ id, reason: 'agreed' })
const read = (who: Client, id: string) => who.changeRequest.get.query({ id })
const eventsOf = async (id: string, action: string) => {
  const page = await at.api.db.platform((tx) => auditLog.list(tx, { action, pageSize: 50 }))
  return page.items.filter(({ target }) => target === id)
}
const byAdmin = async (sql: string) => {
  const client = new pg.Client({ connectionString: urls.admin })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

describe('a rollout in production', () => {
  it('waits for two people, shows what they approve, and the audit log has both', async () => {
    const { id, rolloutId, number } = await ask('prod-1')
    const heard: Change[] = []
    const stop = await at.api.db.listen((change) => heard.push(change))
    const [listed] = (await aiko.changeRequest.list.query({})).items.filter((one) => one.id === id)
    expect(listed).toMatchObject({
      ...{ kind: 'rollout', approversNeeded: 2, approvals: [], slo: null, maintenance: null, changes: [] },
      rollout: {
        ...{ rolloutId, number, environment: 'prod-1', approversNeeded: 2 },
        image: { id: imageId, name: 'gateway', version: '0.2.0' },
        waves: [
          { name: 'canary', groups: ['prod-1-canary'] },
          { name: 'eu-west-1a', groups: ['prod-1-a'] },
          { name: 'the rest', groups: ['prod-1-b'] },
        ],
      },
    })

    const first = await approve(aiko, id)
    expect(first).toMatchObject({ state: 'pending', decision: null, mayNotDecide: expect.stringContaining('already') })
    expect(first.approvals).toMatchObject([{ by: { subject: 'aiko' }, reason: 'agreed' }])
    await vi.waitFor(() => expect(heard).toContainEqual({ kind: 'rollout', rolloutId }), soon)
    await stop()
    expect(await read(pat, id)).toMatchObject({ mayNotDecide: null })

    const second = await approve(pat, id)
    expect(second).toMatchObject({ state: 'approved', decision: { by: { subject: 'pat' }, approved: true } })
    expect(second.approvals.map((approval) => approval.by.subject)).toEqual(['aiko', 'pat'])
    expect(await eventsOf(id, 'changeRequest.approve')).toMatchObject([
      { actor: 'pat', reason: 'agreed', after: { state: 'approved', rollout: rolloutId, approvals: 2 } },
      { actor: 'aiko', before: { approvals: 0 }, after: { state: 'pending', approvals: 1, approversNeeded: 2 } },
    ])
  })

  it('is not approved twice by one person, whatever they press, and not by who asked, whatever their roles', async () => {
    const { id } = await ask('prod-2')
    const pressed = await Promise.allSettled(Array.from({ length: 4 }, () => approve(aiko, id)))
    expect(pressed.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    await expect(approve(aiko, id)).rejects.toMatchObject(coded('approved-already'))
    const declining = aiko.changeRequest.decline.mutate({ id, reason: 'on second thoughts' })
    await expect(declining).rejects.toMatchObject(coded('approved-already'))
    const himself = await at.api.as({ sub: 'tomas', groups: ['platform-admins', 'approvers'] })
    await expect(approve(himself, id)).rejects.toMatchObject(coded('four-eyes'))
    await expect(approve(at.platform, id)).rejects.toMatchObject(coded('role-missing'))
    expect(await read(pat, id)).toMatchObject({ state: 'pending', approvals: [{ by: { subject: 'aiko' } }] })
    expect(await eventsOf(id, 'changeRequest.approve')).toHaveLength(1)
    const refusals = (await eventsOf(id, 'changeRequest.refuse')).slice(0, 3)
    expect(refusals.map(({ actor, after }) => [actor, after])).toEqual([
      ['tomas', { tried: 'approve', refusedBecause: 'this person asked for it' }],
      ['aiko', { tried: 'decline', refusedBecause: 'this person approved it already' }],
      ['aiko', { tried: 'approve', refusedBecause: 'this person approved it already' }],
    ])
  })

  it('is approved when two people approve it at the same moment', async () => {
    const { id } = await ask('prod-3')
    await Promise.all([approve(aiko, id), approve(pat, id)])
    const { state, approvals } = await read(aiko, id)
    expect(state).toBe('approved')
    expect(approvals.map((one) => one.by.subject).sort()).toEqual(['aiko', 'pat'])
  })

  it('is declined by one person, also after another one approved it', async () => {
    const { id } = await ask('prod-4')
    await approve(aiko, id)
    await pat.changeRequest.decline.mutate({ id, reason: 'not this week' })
    expect(await read(aiko, id)).toMatchObject({
      ...{ state: 'declined', decision: { by: { subject: 'pat' }, reason: 'not this week' } },
      approvals: [{ by: { subject: 'aiko' } }],
    })
    await expect(approve(aiko, id)).rejects.toMatchObject(coded('request-decided'))
  })

  it('can be asked about before it is approved, and who runs the platform answers', async () => {
    const { id } = await ask('prod-6')
    await pat.changeRequest.ask.mutate({ id, question: 'Was it seen in staging?' })
    await at.platform.slo.answer.mutate({ id, answer: 'For two days.' })
    const messages = [{ kind: 'question' }, { kind: 'answer', text: 'For two days.' }]
    expect(await approve(pat, id)).toMatchObject({ state: 'pending', messages })
    await expect(at.platform.slo.withdraw.mutate({ id })).rejects.toMatchObject({ data: { code: 'NOT_FOUND' } })
  })

  it('is approved whole or not at all', async () => {
    const { id } = await ask('prod-5')
    const less = aiko.changeRequest.approveLess.mutate({ id, reason: 'less', limits: {} })
    await expect(less).rejects.toMatchObject(coded('approval-in-part'))
  })
})

it('a rollout elsewhere needs one person', async () => {
  const { id } = await ask('test-1')
  expect(await approve(pat, id)).toMatchObject({
    ...{ state: 'approved', approversNeeded: 1, approvals: [{ by: { subject: 'pat' } }] },
  })
})

describe('a request for a rollout is closed, and says why,', () => {
  const closed = async (id: string, why: string) => {
    await expect(approve(aiko, id)).rejects.toMatchObject({
      ...{ message: expect.stringContaining(why), ...coded('request-outdated') },
    })
    expect(await read(aiko, id)).toMatchObject({ state: 'outdated', approvals: [] })
  }

  it('if it expired', async () => {
    const { id } = await ask('test-2', { agoMs: 120_000, forMs: 60_000 })
    // The job of rollouts may close it before this person does.
    const code = await approve(aiko, id).catch((error) => error.data.tickwatch.code)
    expect(code).toBeOneOf(['request-outdated', 'request-decided'])
    expect(await read(aiko, id)).toMatchObject({
      ...{ state: 'outdated', approvals: [] },
      decision: { reason: expect.stringContaining('in time') },
    })
  })

  it('if the rollout was aborted', async () => {
    const { id, rolloutId } = await ask('test-3')
    const act = { state: { phase: 'aborted' }, phase: 'aborted', at: new Date(), started: false, ended: true }
    await at.api.db.platform((tx) => rollouts.advance(tx, { id: rolloutId, seq: 0, ...act, events: [] }))
    await closed(id, 'it is aborted')
  })

  it('if the plan is not what was asked for', async () => {
    const { id, rolloutId } = await ask('test-4')
    await byAdmin(`UPDATE rollout SET plan = jsonb_set(plan, '{waves,0,bakeSeconds}', '0') WHERE id = '${rolloutId}'`)
    await closed(id, 'not what was asked for')
  })
})

it('a request whose content was changed in the database can’t be approved, and shows no rollout', async () => {
  const { id } = await ask('test-5')
  await byAdmin(
    `UPDATE change_request SET content = jsonb_set(content, '{environment}', '"test-6"') WHERE id = '${id}'`,
  )
  await expect(approve(aiko, id)).rejects.toMatchObject(coded('request-altered'))
  expect(await read(aiko, id)).toMatchObject({ kind: 'rollout', rollout: null, state: 'pending', approvals: [] })
})
