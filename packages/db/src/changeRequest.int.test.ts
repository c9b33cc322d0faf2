import { describe, expect, it } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import * as changeRequests from './changeRequest.repository.ts'
import { NotFound, NotPending } from './errors.ts'
import * as quotas from './quota.repository.ts'
import { ann, changeRequest, createTenant, later, noon, pat, revision, useDatabase } from './test/fixtures.ts'
import type { Tx } from './transaction.ts'

const database = useDatabase(useTestDatabase())

async function withTenant(id: string): Promise<string> {
  await createTenant(database.db, id)
  return id
}

describe('a change request', () => {
  const approval = { state: 'approved', by: pat, at: later(30), reason: 'season start', appliedRevision: 1 } as const

  it('is read back as it was made, and only one of many deciders decides it', async () => {
    const { db } = database
    const tenantId = await withTenant('asking')
    const asked = changeRequest({ tenantId, endsAt: later(600) })
    await db.tenant(tenantId, (tx) => changeRequests.create(tx, asked))
    const pending = {
      ...asked,
      tenantName: 'asking Games',
      plan: 'standard',
      state: 'pending',
      decision: null,
      appliedRevision: null,
      approved: null,
      messages: [],
      approversNeeded: 1,
      approvals: [],
      subject: null,
    }
    expect(await db.tenant(tenantId, (tx) => changeRequests.pendingOf(tx, tenantId))).toEqual([pending])

    const decisions = await Promise.allSettled(
      Array.from({ length: 8 }, () =>
        db.platform(async (tx) => {
          const base = revision({ tenantId, approvedBy: pat, changeRequestId: asked.id })
          const appliedRevision = await quotas.append(tx, base)
          await changeRequests.decide(tx, tenantId, asked.id, { ...approval, appliedRevision })
        }),
      ),
    )
    expect(decisions.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const { by, at, reason } = approval
    const { changes: approved } = revision()
    const decided = { ...pending, state: 'approved', decision: { by, at, reason }, appliedRevision: 1, approved }
    expect(await db.platform((tx) => changeRequests.byId(tx, asked.id))).toEqual(decided)
    await expect(
      db.platform((tx) =>
        changeRequests.decide(tx, tenantId, asked.id, { ...approval, state: 'declined', appliedRevision: null }),
      ),
    ).rejects.toBeInstanceOf(NotPending)
    await expect(
      db.platform((tx) => changeRequests.decide(tx, tenantId, crypto.randomUUID(), approval)),
    ).rejects.toBeInstanceOf(NotFound)
  })

  it('keeps its messages in their order, however many people write at once, and gets none once it is decided', async () => {
    const { db } = database
    const asked = changeRequest()
    const { id } = asked
    await db.tenant('acme', (tx) => changeRequests.create(tx, asked))
    const add = async (tx: Tx, message: changeRequests.ChangeRequestMessage) => {
      const request = await changeRequests.lockPending(tx, id)
      if (request) await changeRequests.addMessage(tx, request, message)
    }
    const question = (text: string) => ({ kind: 'question', by: pat, at: later(1), text }) as const
    const texts = ['until when?', 'which servers?', 'why so much?']
    await Promise.all(texts.map((text) => db.platform((tx) => add(tx, question(text)))))
    const answer = { kind: 'answer', by: ann, at: later(9_000), text: 'until Sunday' } as const
    await db.tenant('acme', (tx) => add(tx, answer))
    const { messages } = (await db.platform((tx) => changeRequests.byId(tx, id))) ?? expect.fail('no request')
    expect(messages.map(({ text }) => text).toSorted()).toEqual([...texts, answer.text].toSorted())
    expect(messages.at(-1)).toEqual(answer)
    expect(await db.tenant('acme', (tx) => changeRequests.changedAt(tx))).toEqual(answer.at)

    const declined = { ...approval, state: 'declined', appliedRevision: null } as const
    await db.platform((tx) => changeRequests.decide(tx, 'acme', id, declined))
    await expect(db.platform((tx) => add(tx, question('still?')))).rejects.toBeInstanceOf(NotPending)
    await expect(db.tenant('acme', (tx) => add(tx, answer))).rejects.toBeInstanceOf(NotPending)
  })

  it('is never decided by its requester', async () => {
    const { db } = database
    const asked = changeRequest()
    await db.tenant('acme', (tx) => changeRequests.create(tx, asked))
    for (const decision of [
      { ...approval, by: ann },
      { ...approval, by: ann, state: 'declined', appliedRevision: null } as const,
    ]) {
      await expect(
        db.platform(async (tx) => {
          if (decision.appliedRevision) await quotas.append(tx, revision())
          await changeRequests.decide(tx, 'acme', asked.id, decision)
        }),
      ).rejects.toThrow('change_request_four_eyes')
    }
  })

  it('is listed in pages: by age while it is pending, and by its decision afterwards', async () => {
    const { db } = database
    const tenantId = await withTenant('queueing')
    const asked = Array.from({ length: 5 }, (_, i) => changeRequest({ tenantId, createdAt: later(1_000 + i) }))
    // Two have the same time: their order must still be fixed.
    asked.push(changeRequest({ tenantId, createdAt: later(1_004) }))
    for (const request of asked) await db.tenant(tenantId, (tx) => changeRequests.create(tx, request))
    const walk = async (state: 'pending' | 'decided') => {
      const ids: string[] = []
      let cursor: string | null = null
      do {
        const page = await db.platform((tx) => changeRequests.list(tx, { state, cursor, pageSize: 2 }))
        ids.push(...page.items.map((item) => item.id))
        cursor = page.nextCursor
      } while (cursor)
      return ids.filter((id) => asked.some((request) => request.id === id))
    }
    const oldestFirst = asked.toSorted((a, b) => Number(a.createdAt) - Number(b.createdAt) || (a.id < b.id ? -1 : 1))
    expect(await walk('pending')).toEqual(oldestFirst.map(({ id }) => id))
    const count = await db.platform((tx) => changeRequests.pendingCount(tx))

    for (const [i, { id }] of asked.entries()) {
      const decision = { ...approval, state: 'declined', at: later(2_000 + i), appliedRevision: null } as const
      await db.platform((tx) => changeRequests.decide(tx, tenantId, id, decision))
    }
    expect(await walk('pending')).toEqual([])
    expect(await walk('decided')).toEqual(asked.map(({ id }) => id).reverse())
    expect(await db.platform((tx) => changeRequests.pendingCount(tx))).toBe(count - asked.length)
  })

  it('has similar requests: decided ones of any tenant for one of its limits', async () => {
    const { db } = database
    const limits = { 'labels.valueBytesMax': 512 }
    const earlier = changeRequest({ limits, createdAt: noon })
    const other = changeRequest({ limits: { 'ingest.burstSamples': 5 } })
    const withdrawn = changeRequest({ limits })
    const mine = changeRequest({ tenantId: 'globex', limits: { ...limits, 'series.activeMax': 9 } })
    for (const request of [earlier, other, withdrawn])
      await db.tenant('acme', (tx) => changeRequests.create(tx, request))
    await db.tenant('globex', (tx) => changeRequests.create(tx, mine))
    const declined = { ...approval, state: 'declined', appliedRevision: null } as const
    for (const { id } of [earlier, other]) await db.platform((tx) => changeRequests.decide(tx, 'acme', id, declined))
    await db.platform((tx) => changeRequests.decide(tx, 'acme', withdrawn.id, { ...declined, state: 'withdrawn' }))
    const found = await db.platform((tx) => changeRequests.similar(tx, mine.id, ['labels.valueBytesMax'], 5))
    expect(found.map(({ id }) => id)).toEqual([earlier.id])
  })
})
