import { auditLog } from '@tickwatch/db'
import { builtInDefinitions, type Definition, exportOpenSlo } from '@tickwatch/slo'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { coded, soon, startWithPeople } from '../../testing/people.ts'
import type { Client } from '../../testing/testApi.ts'
import { sha256Of } from './slo.compiler.ts'

const urls = useTestDatabase()
let at: Awaited<ReturnType<typeof startWithPeople>>
let approver: Client
let guest: Client

beforeAll(async () => {
  at = await startWithPeople(openCertificateAuthority, urls)
  approver = await at.api.as({ sub: 'aiko', groups: ['approvers'] })
  guest = await at.api.as({ sub: 'gus' })
})
afterAll(() => at.stop())

const reason = 'agreed with the team'
const [freshness] = builtInDefinitions as [Definition, ...Definition[]]
const login: Definition = {
  ...freshness,
  id: 'login',
  title: 'Logins work',
  sli: { kind: 'ratio', bad: 'login_total{code="5xx"}', total: 'login_total' },
}
const save = (definition: Definition, baseVersion: number, by = at.platform) =>
  by.slo.save.mutate({ definition, baseVersion, reason, withoutPreview: true })
const get = (id: string) => approver.slo.definition.query({ id })
/** The rules of the namespace that AMP has. */
const written = () => at.api.amp.rules.get('tickwatch-slo-0')?.yaml ?? ''
const audited = async (action: string) =>
  (await at.api.db.platform((tx) => auditLog.list(tx, { action, pageSize: 50 }))).items

describe('an SLO', () => {
  it('that is built in is there from the start, its rules run, and every person who is signed in sees it', async () => {
    const { slos, stepSeconds } = await guest.slo.definitions.query()
    expect(slos.map(({ id }) => id)).toEqual(builtInDefinitions.map(({ id }) => id).sort())
    expect(stepSeconds).toBe(60)
    await vi.waitFor(async () => expect(await get('freshness')).toMatchObject({ rules: { state: 'active' } }), soon)
    expect(written()).toContain('slo-tickwatch-freshness')
    expect((await get('freshness')).group?.rules).toHaveLength(4)
    await vi.waitFor(async () => {
      const { ruleCount } = await guest.slo.definitions.query()
      expect(ruleCount).toEqual({ slos: 24, others: expect.any(Number), max: 2_000 })
      expect(ruleCount.others).toBeGreaterThan(0)
    }, soon)
  })

  it('is saved with its versions, its author and reason, and its rules are written', async () => {
    expect(await save(login, 0)).toEqual({ outcome: 'saved', version: 1 })
    await vi.waitFor(() => expect(written()).toContain('slo-tickwatch-login'), soon)
    expect(await save({ ...login, objective: 0.9995 }, 1)).toEqual({ outcome: 'saved', version: 2 })
    const { items } = await approver.slo.versions.query({ id: 'login', pageSize: 10 })
    expect(items).toMatchObject([
      { version: 2, by: { subject: 'tomas' }, approvedBy: null, reason, definition: { objective: 0.9995 } },
      { version: 1, definition: { objective: login.objective } },
    ])
    await vi.waitFor(
      async () => expect(await get('login')).toMatchObject({ version: 2, rules: { state: 'active' } }),
      soon,
    )
    const events = await audited('slo.save')
    expect(events[0]).toMatchObject({
      ...{ actor: 'tomas', target: 'login', reason },
      before: { version: 1, definition: { objective: login.objective } },
      after: { version: 2, definition: { objective: 0.9995 } },
    })
  })

  it('with faults is refused with the field of each', async () => {
    const wrong = { ...login, objective: 0.9, sli: { kind: 'ratio', bad: 'sum(x)', total: 'y{' } } as Definition
    const refused = save(wrong, 2)
    await expect(refused).rejects.toThrow(/sli\.bad: .*sli\.total: /)
    await expect(refused).rejects.toMatchObject(coded('slo-invalid'))
    const judged = await at.platform.slo.judge.mutate({ definition: wrong })
    expect(judged.faults.map(({ path }) => path.join('.'))).toEqual(['sli.bad', 'sli.total'])
  })

  it('that would measure nothing is saved only by a person who has seen that', async () => {
    const { amp } = at.api
    const bot = {
      ...login,
      id: 'bot',
      sli: { kind: 'ratio', bad: 'bot_total{code="5xx"}', total: 'bot_total' },
    } as const
    const look = (definition: Definition, baseVersion: number) =>
      at.platform.slo.save.mutate({ definition, baseVersion, reason })
    const unseen = look(bot, 0)
    await expect(unseen).rejects.toThrow('This matched no series of the platform in the last hour')
    await expect(unseen).rejects.toMatchObject(coded('slo-without-preview'))
    amp.state.away = true
    await expect(look(bot, 0)).rejects.toThrow('It is unknown whether this measures anything')
    amp.state.away = false
    expect(await save(bot, 0)).toEqual({ outcome: 'saved', version: 1 })
    // Its series have not come yet, and it measures what it did.
    expect(await look({ ...bot, owner: 'edge' }, 1)).toEqual({ outcome: 'saved', version: 2 })
    const moved = { ...bot, sli: { ...bot.sli, total: 'bot_all_total' } }
    await expect(look(moved, 2)).rejects.toMatchObject(coded('slo-without-preview'))
    amp.state.answer = (promql) =>
      promql.includes('bot_all_total') ? [{ labels: { part: 'total' }, points: [[0, 3]] }] : []
    expect(await look({ ...moved, id: 'bot-all' }, 0)).toMatchObject({ outcome: 'saved' })
    amp.state.answer = () => []
  })

  it('that someone else changed meanwhile is not overwritten', async () => {
    await expect(save(login, 1)).rejects.toThrow('it is at version 2 now')
    await expect(save(login, 0)).rejects.toThrow('There is an SLO login already')
    await expect(save({ ...login, objective: 0.9995 }, 2)).rejects.toMatchObject(coded('nothing-changes'))
    const both = await Promise.allSettled([
      save({ ...login, objective: 0.9995, owner: 'edge' }, 2),
      save({ ...login, objective: 0.9995, owner: 'games' }, 2),
    ])
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
  })

  it('is changed by the platform’s admins only', async () => {
    for (const person of [guest, at.owner, at.auditor, approver]) {
      await expect(save(login, 3, person)).rejects.toMatchObject(coded('role-missing'))
    }
  })
})

describe('a guest', () => {
  it('sees no SLO that names a tenant, no earlier version and no request', async () => {
    const bad = 'login_total{code="5xx",tenant_id="acme"}'
    await save({ ...login, id: 'of-acme', sli: { kind: 'ratio', bad, total: 'login_total' } }, 0)
    const all = await approver.slo.definitions.query()
    expect(all.slos.map(({ id }) => id)).toContain('of-acme')
    const seen = await guest.slo.definitions.query()
    expect(seen.slos.map(({ id }) => id)).toEqual(all.slos.map(({ id }) => id).filter((id) => id !== 'of-acme'))
    expect(JSON.stringify(seen)).not.toContain('acme')
    for (const asked of [guest.slo.definition, guest.slo.exportOpenSlo, guest.slo.versions])
      await expect(asked.query({ id: 'of-acme' })).rejects.toMatchObject(coded('slo-not-found'))
    await expect(guest.slo.versions.query({ id: 'login' })).rejects.toMatchObject(coded('slo-not-found'))
    expect((await guest.slo.definition.query({ id: 'login' })).definition.id).toBe('login')
  })
})

describe('a change that weakens an SLO', () => {
  const weaker = { ...freshness, objective: 0.99 }
  const ask = async (definition: Definition | null = weaker, baseVersion = 1) => {
    const asked = definition
      ? await save(definition, baseVersion)
      : await at.platform.slo.remove.mutate({ id: 'freshness', baseVersion, reason })
    return asked.outcome === 'requested' ? asked.changeRequestId : expect.fail('it needs no approval')
  }

  it('says so before it is asked, and waits in the inbox until another person approves exactly that', async () => {
    const judged = await at.platform.slo.judge.mutate({ definition: weaker })
    expect(judged.weakenings[0]).toBe('The objective falls from 99.9 % to 99 %.')
    const id = await ask()
    expect((await get('freshness')).requests).toMatchObject([{ id, after: { objective: 0.99 }, reason }])
    expect((await get('freshness')).definition.objective).toBe(0.999)
    expect((await guest.slo.definition.query({ id: 'freshness' })).requests).toEqual([])
    expect((await guest.slo.definitions.query()).requests).toEqual([])
    const { items } = await approver.changeRequest.list.query({ state: 'pending' })
    const sha256 = expect.stringMatching(/^[0-9a-f]{64}$/)
    const slo = {
      sloId: 'freshness',
      baseVersion: 1,
      before: freshness,
      after: weaker,
      weakenings: judged.weakenings,
      sha256,
    }
    expect(items).toMatchObject([{ id, kind: 'slo', slo, changes: [], tenantId: 'tickwatch' }])

    const both = await at.api.as({ sub: 'tomas', groups: ['platform-admins', 'approvers'] })
    await expect(both.changeRequest.approve.mutate({ id, reason })).rejects.toMatchObject(coded('four-eyes'))
    await expect(approver.changeRequest.approveLess.mutate({ id, reason, limits: {} })).rejects.toMatchObject(
      coded('approval-in-part'),
    )
    const decided = await approver.changeRequest.approve.mutate({ id, reason: 'as agreed' })
    expect(decided).toMatchObject({ state: 'approved', slo: { sloId: 'freshness' }, appliedRevision: null })
    expect(await get('freshness')).toMatchObject({ version: 2, definition: { objective: 0.99 }, requests: [] })
    const versions = await approver.slo.versions.query({ id: 'freshness' })
    expect(versions.items[0]).toMatchObject({
      ...{ by: { subject: 'tomas' }, approvedBy: { subject: 'aiko' }, changeRequestId: id, reason },
    })
    const [event] = await audited('changeRequest.approve')
    expect(event).toMatchObject({ actor: 'aiko', target: id, after: { version: 2, sha256 }, reason: 'as agreed' })
    await vi.waitFor(() => expect(written()).toContain('> 0.144'), soon)
  })

  it('is outdated once the SLO changed', async () => {
    const id = await ask({ ...weaker, objective: 0.98 }, 2)
    await save({ ...weaker, owner: 'edge' }, 2)
    const approving = approver.changeRequest.approve.mutate({ id, reason })
    await expect(approving).rejects.toThrow(
      'the SLO was at version 2 when this was requested, and it is at version 3 now',
    )
    expect(await approver.changeRequest.get.query({ id })).toMatchObject({ state: 'outdated' })
  })

  it('can be asked about, answered, withdrawn and declined like any other', async () => {
    const id = await ask({ ...weaker, owner: 'edge', objective: 0.98 }, 3)
    await approver.changeRequest.ask.mutate({ id, question: 'Why so much?' })
    await at.platform.slo.answer.mutate({ id, answer: 'The probe moved.' })
    const [asked] = (await get('freshness')).requests
    expect(asked?.messages.map(({ text }) => text)).toEqual(['Why so much?', 'The probe moved.'])
    const other = await at.api.as({ sub: 'nadia', groups: ['platform-admins'] })
    await expect(other.slo.withdraw.mutate({ id })).rejects.toMatchObject(coded('not-your-request'))
    await at.platform.slo.withdraw.mutate({ id })
    await expect(approver.changeRequest.approve.mutate({ id, reason })).rejects.toMatchObject(coded('request-decided'))
    const again = await ask({ ...weaker, owner: 'edge', objective: 0.98 }, 3)
    expect(await approver.changeRequest.decline.mutate({ id: again, reason })).toMatchObject({ state: 'declined' })
    expect((await get('freshness')).version).toBe(3)
    // A request for limits is none of an SLO.
    const limits = await at.owner.quota.propose.mutate({
      ...{ limits: { 'ingest.samplesPerSecond': 900_000 }, reason, baseRevision: 0 },
    })
    const foreign = limits.outcome === 'requested' ? limits.changeRequestId : ''
    await expect(at.platform.slo.withdraw.mutate({ id: foreign })).rejects.toMatchObject(
      coded('change-request-not-found'),
    )
  })

  it('is also its deletion; after that the rules are gone, the versions stay, and it can be made again', async () => {
    const id = await ask(null, 3)
    await approver.changeRequest.approve.mutate({ id, reason })
    await expect(get('freshness')).rejects.toMatchObject(coded('slo-not-found'))
    await vi.waitFor(() => expect(written()).not.toContain('slo-tickwatch-freshness'), soon)
    const { items } = await approver.slo.versions.query({ id: 'freshness' })
    expect(items[0]).toMatchObject({ version: 4, isDeletion: true, definition: null })
    await expect(save(freshness, 3)).rejects.toThrow('someone deleted it')
    expect(await save(freshness, 0)).toEqual({ outcome: 'saved', version: 5 })
    await vi.waitFor(() => expect(written()).toContain('slo-tickwatch-freshness'), soon)
  })
})

describe('OpenSLO', () => {
  it('is exported, and imported to be saved', async () => {
    const { yaml } = await guest.slo.exportOpenSlo.query({ id: 'query-success' })
    const read = await at.platform.slo.importOpenSlo.mutate({ yaml })
    expect(read).toMatchObject({ baseVersion: 1, weakenings: [], faults: [] })
    expect(await save({ ...read.definition, id: 'copied' }, 0)).toEqual({ outcome: 'saved', version: 1 })
  })

  it('with faults is refused with the line and the field of each', async () => {
    const yaml = exportOpenSlo(login)
      .replace('target: 0.999', 'target: 2')
      .replace('service: platform', 'team: platform')
    const importing = at.platform.slo.importOpenSlo.mutate({ yaml })
    await expect(importing).rejects.toMatchObject(coded('openslo-invalid'))
    await expect(importing).rejects.toThrow(/Line \d+, spec\.team: Tickwatch can’t import this field/)
    const line = yaml.split('\n').findIndex((text) => text.includes('target: 2')) + 1
    const only = exportOpenSlo(login).replace('target: 0.999', 'target: 2')
    await expect(at.platform.slo.importOpenSlo.mutate({ yaml: only })).rejects.toThrow(
      `Line ${line}, spec.objectives[0].target: `,
    )
  })
})

describe('the rules in AMP', () => {
  it('are restored if someone changes or deletes them by hand, and the audit log says so', async () => {
    const { ruleGroups, rules } = at.api.amp
    await vi.waitFor(async () => expect(await get('copied')).toMatchObject({ rules: { state: 'active' } }), soon)
    const before = written()
    await ruleGroups.put('tickwatch-slo-0', 'groups: []')
    await vi.waitFor(() => expect(written()).toBe(before), soon)
    rules.delete('tickwatch-slo-0')
    await vi.waitFor(() => expect(written()).toBe(before), soon)
    await ruleGroups.put('tickwatch-slo-7', 'groups: []')
    await vi.waitFor(() => expect(rules.has('tickwatch-slo-7')).toBe(false), soon)
    const reconciled = await audited('slo.rules.reconcile')
    const after = { sha256: sha256Of(before) }
    expect(reconciled).toMatchObject([
      { target: 'tickwatch-slo-7', after: null },
      { target: 'tickwatch-slo-0', before: { sha256: null }, after },
      { target: 'tickwatch-slo-0', before: { sha256: sha256Of('groups: []') }, after, actor: 'reconciler' },
    ])
  })

  it('that would be too many are refused with the number, and others’ rules count', async () => {
    const others = Array.from({ length: 2_000 }, () => ({ record: 'a', expr: 'b' }))
    await at.api.amp.ruleGroups.put('theirs', JSON.stringify({ groups: [{ name: 'g', rules: others }] }))
    const count = () => guest.slo.definitions.query().then(({ ruleCount }) => ruleCount)
    await vi.waitFor(async () => expect((await count()).others).toBeGreaterThanOrEqual(2_000), soon)
    const { slos, others: seen } = await count()
    const refused = save({ ...login, id: 'one-more' }, 0)
    await expect(refused).rejects.toMatchObject(coded('rules-full'))
    await expect(refused).rejects.toThrow(`would have ${slos + seen + 4} rules, and may have at most 2000`)
    await at.api.amp.ruleGroups.remove('theirs')
    await vi.waitFor(async () => expect((await count()).others).toBeLessThan(100), soon)
    expect(await save({ ...login, id: 'one-more' }, 0)).toMatchObject({ outcome: 'saved' })
  })

  it('are written once AMP is back', async () => {
    at.api.amp.state.away = true
    await save({ ...login, id: 'outage' }, 0)
    expect((await get('outage')).rules).toEqual({ state: 'waiting' })
    at.api.amp.state.away = false
    await vi.waitFor(() => expect(written()).toContain('slo-tickwatch-outage'), soon)
  })
})
