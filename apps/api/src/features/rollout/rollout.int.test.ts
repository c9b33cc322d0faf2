// Rollouts and freeze windows over the API, whose own job follows them: roles, the live view, and the incident.
import { randomUUID } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiTokens, auditLog, images, rollouts } from '@tickwatch/db'
import type { Json } from '@tickwatch/policy'
import { newRollout } from '@tickwatch/rollout'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { openCertificateAuthority } from '../../../../../local/src/parts/pki.ts'
import { useTestDatabase } from '../../../../../local/src/testing/testing.ts'
import { callerOf } from '../../testing/callers.ts'
import { openStream } from '../../testing/eventStream.ts'
import { temporaryFolder } from '../../testing/fixtures.ts'
import { coded, soon, startWithPeople } from '../../testing/people.ts'
import { sampleRollout } from '../../testing/sampleRollout.ts'
import { askPlatform } from '../changeRequest/askPlatform.ts'
import { rolloutSubject } from '../changeRequest/rolloutSubject.ts'
import { openForRollout } from '../incident/openForRollout.ts'
import { createNotificationQueue } from '../notification/queue.ts'
import { hashOf } from '../slo/slo.rules.ts'

const urls = useTestDatabase()
const folder = temporaryFolder()
const targetsFile = join(folder.dir, 'targets.json')
const imageId = randomUUID()
const reason = 'a new release'
let at: Awaited<ReturnType<typeof startWithPeople>>

beforeAll(async () => {
  const { plan } = sampleRollout('test')
  writeFileSync(targetsFile, JSON.stringify({ targets: plan.targets }))
  at = await startWithPeople(openCertificateAuthority, urls, { ROLLOUT_TARGETS_FILE: targetsFile })
  await at.api.db.platform(async (tx) => {
    const [token, now] = [{ id: randomUUID(), name: 'pipeline' }, new Date()]
    const expiresAt = new Date(now.getTime() + 60_000)
    const by = { subject: 'tomas', name: 'Tomas' }
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
afterAll(async () => {
  await at?.stop()
  folder.remove()
})

/** Tomas asks for a rollout to groups of an environment, of which each test has its own. There are no such groups. */
const ask = (environment: string) =>
  at.api.db.platform(async (tx) => {
    const asker = callerOf('tomas', 'platform-admin')
    const [id, asked] = [randomUUID(), sampleRollout(environment, imageId)]
    const changeRequestId = await askPlatform(tx, asker, rolloutSubject(id, asked), { rollout: id }, reason)
    const createdAt = new Date()
    const number = await rollouts.create(tx, {
      ...{ id, ...asked, planSha256: hashOf(asked.plan as Json), state: newRollout(), phase: 'waiting', reason },
      ...{ by: { subject: 'tomas', name: 'Tomas' }, createdAt, changeRequestId },
      expiresAt: new Date(createdAt.getTime() + 86_400_000),
    })
    return { id, number }
  })
const audited = async (action: string) =>
  (await at.api.db.platform((tx) => auditLog.list(tx, { action, pageSize: 50 }))).items

describe('a rollout', () => {
  it('can’t be asked for if the groups do not exist and nobody trusts the image, and each reason is there', async () => {
    const { targets, missing } = await at.auditor.rollout.targets.query()
    expect([targets.map(({ group }) => group), missing]).toEqual([['test-canary', 'test-a', 'test-b'], null])
    const draft = await at.platform.rollout.draft.query({ imageId, environment: 'test' })
    expect(draft.plan.waves.map(({ groups }) => groups)).toEqual([['test-canary'], ['test-a'], ['test-b']])
    expect(new Set(draft.blocks.map(({ kind }) => kind))).toEqual(new Set(['image not verified', 'group not found']))
    const asked = { imageId, environment: 'test', plan: draft.plan, reason }
    await expect(at.platform.rollout.ask.mutate(asked)).rejects.toMatchObject({
      data: { tickwatch: { code: 'rollout-blocked', details: draft.blocks } },
    })
    await expect(at.auditor.rollout.ask.mutate(asked)).rejects.toMatchObject(coded('role-missing'))
    await expect(at.auditor.rollout.draft.query({ imageId, environment: 'test' })).rejects.toMatchObject(
      coded('role-missing'),
    )
    await expect(at.owner.rollout.list.query({})).rejects.toMatchObject(coded('role-missing'))
  })

  it('is aborted by a platform admin only, whose page hears of it at once, and the job ends it', async () => {
    const { id, number } = await ask('test-1')
    const token = await at.api.issuer.token({ sub: 'ewa', groups: ['auditors'] })
    const input = encodeURIComponent(JSON.stringify({ number }))
    const stream = await openStream(`${at.api.urls().portalUrl}/trpc/rollout.live?input=${input}`, {
      authorization: `Bearer ${token}`,
    })
    await vi.waitFor(() => expect(stream.views().length).toBeGreaterThan(0), soon)
    const heard = stream.views().length
    const act = { id, kind: 'abort', reason: 'wrong image' } as const
    await expect(at.auditor.rollout.act.mutate(act)).rejects.toMatchObject(coded('role-missing'))
    await at.platform.rollout.act.mutate(act)
    await vi.waitFor(() => expect(stream.views().length).toBeGreaterThan(heard), soon)
    await vi.waitFor(async () => expect((await at.auditor.rollout.get.query({ number })).phase).toBe('aborted'), soon)
    await stream.close()
    expect(await at.auditor.rollout.get.query({ number })).toMatchObject({
      ...{ startedAt: null, request: { state: 'withdrawn' }, words: 'It was aborted by tomas: wrong image.' },
      unread: ['test-1-a, test-1-b, test-1-canary could not be read. There is no such group.'],
    })
    expect((await at.auditor.rollout.list.query({ show: 'ended' })).items.map((row) => row.number)).toContain(number)
    const { items } = await at.auditor.rollout.events.query({ number })
    expect(items.map(({ kind, by }) => [kind, by?.name ?? null])).toEqual([
      ['aborted', null],
      ['aborting', 'tomas'],
    ])
    expect(await audited('rollout.abort')).toMatchObject([
      { actor: 'tomas', target: `rollout ${number}`, reason: 'wrong image' },
    ])
    expect(await audited('rollout.end')).toMatchObject([{ actor: 'rollouts', after: { phase: 'aborted' } }])
  })

  it('that is approved and blocked holds, and says why', async () => {
    const { id, number } = await ask('test-2')
    const approver = await at.api.as({ sub: 'aiko', groups: ['approvers'] })
    const { request } = await at.auditor.rollout.get.query({ number })
    await approver.changeRequest.approve.mutate({ id: request.id, reason: 'agreed' })
    const holds = async () =>
      expect(await at.auditor.rollout.get.query({ number })).toMatchObject({
        ...{ phase: 'running', holding: 'Could not read test-2-canary from Auto Scaling.' },
      })
    await vi.waitFor(holds, soon)
    await at.platform.rollout.act.mutate({ id, kind: 'abort', reason: 'enough' })
  })

  it('that undid itself is the first change of its incident, which a person resolves', async () => {
    const { id, number } = await ask('test-3')
    await at.api.db.platform(async (tx) => {
      const brief = (await rollouts.briefs(tx, [id])).get(id) ?? expect.fail('no rollout')
      await openForRollout(tx, createNotificationQueue('test'), brief, 'rolled back', new Date())
    })
    const [incident] = (await at.auditor.incident.list.query({})).items
    expect(incident).toMatchObject({
      ...{ title: `Rollout ${number} of gateway 0.2.0 rolled itself back`, severity: 'ticket', state: 'open' },
      suspect: { change: `Rollout ${number} of gateway 0.2.0 to test-3` },
    })
    const { changes } = await at.auditor.incident.get.query({ number: incident?.number ?? 0 })
    expect(changes[0]).toMatchObject({ kind: 'rolloutWave', path: `/rollouts/${number}`, revertable: false })
    await at.platform.incident.resolve.mutate({ number: incident?.number ?? 0, reason: 'another image comes' })
  })
})

it('the waves of a rollout are among the changes of an incident, with where they took effect', async () => {
  const { id, number } = await ask('test-4')
  const event = { at: new Date(), kind: 'wave started', words: 'The wave eu-west-1a starts: test-4-a.', by: null }
  await at.api.db.platform((tx) =>
    rollouts.advance(tx, {
      ...{ id, seq: 0, state: { phase: 'aborted' }, phase: 'aborted', at: new Date(), started: true, ended: true },
      events: [event],
    }),
  )
  const startsAt = new Date(Date.now() + 1_000)
  const labels = { alertname: 'TickwatchPolicyDrift', gateway_id: 'gateway-9', zone: 'eu-west-1a' }
  const { receiveAlerts } = await import('../incident/receiveAlerts.ts')
  const alert = { fingerprint: 'f-1', status: 'firing' as const, startsAt, endsAt: null, labels }
  await receiveAlerts(at.api.db, createNotificationQueue('test'), [alert], 'test')
  const found = (await at.auditor.incident.list.query({ state: 'open' })).items.find(
    ({ alertName }) => alertName === labels.alertname,
  )
  const { changes } = await at.auditor.incident.get.query({ number: found?.number ?? 0 })
  const wave = changes.find(({ path, kind }) => kind === 'rolloutWave' && path === `/rollouts/${number}`)
  expect(wave).toMatchObject({
    ...{
      title: expect.stringContaining('The wave eu-west-1a starts: test-4-a'),
      zones: ['eu-west-1a'],
      rings: ['fleet'],
    },
    why: expect.stringContaining('It took effect in the zone eu-west-1a, where the harm is'),
  })
})

it('the waves of a rollout are marked on the charts of an SLO', async () => {
  const range = {
    from: new Date(Date.now() - 3_600_000).toISOString(),
    to: new Date(Date.now() + 60_000).toISOString(),
  }
  const { changes } = await at.auditor.incident.marksOfSlo.query({ sloId: 'ingest-success', group: null, ...range })
  expect(changes.map(({ title }) => title)).toContainEqual(
    expect.stringContaining('The wave eu-west-1a starts: test-4-a'),
  )
})

it('a freeze window is made, seen by everyone of the platform, and ended by a platform admin, and both are audited', async () => {
  const hours = (count: number) => new Date(Date.now() + count * 3_600_000).toISOString()
  const window = {
    reason: 'the finals',
    startsAt: hours(-1),
    endsAt: hours(5),
    environments: ['production', 'production'],
  }
  await expect(at.auditor.freezeWindow.create.mutate(window)).rejects.toMatchObject(coded('role-missing'))
  await expect(at.platform.freezeWindow.create.mutate({ ...window, endsAt: hours(-2) })).rejects.toMatchObject(
    coded('freeze-window-invalid'),
  )
  const { id } = await at.platform.freezeWindow.create.mutate(window)
  expect(await at.auditor.freezeWindow.current.query()).toMatchObject([
    { id, state: 'holds', environments: ['production'], by: { subject: 'tomas' }, ended: null },
  ])
  const end = { id, reason: 'they are over' }
  await at.platform.freezeWindow.end.mutate(end)
  await expect(at.platform.freezeWindow.end.mutate(end)).rejects.toMatchObject(coded('freeze-window-over'))
  expect(await at.auditor.freezeWindow.current.query()).toEqual([])
  const { items } = await at.auditor.freezeWindow.list.query({})
  expect(items).toMatchObject([{ id, state: 'ended', ended: { by: { subject: 'tomas' }, reason: 'they are over' } }])
  expect(await audited('freezeWindow.create')).toMatchObject([{ actor: 'tomas', target: id, reason: 'the finals' }])
  expect(await audited('freezeWindow.end')).toMatchObject([{ actor: 'tomas', target: id, reason: 'they are over' }])
})
