// What people may do with rollouts, and what keeps them from it.
import { AwsRefused, AwsUnavailable } from '@tickwatch/aws'
import { changeRequests, rollouts } from '@tickwatch/db'
import { describe, expect, it } from 'vitest'
import { useRollouts } from '../../../../../local/src/testing/useRollouts.ts'
import { DomainError } from '../../shared/errors.ts'

const use = useRollouts()
const { at, fleet, people, plan, targets, tick, asked, ask, approved, drive, events } = use
const abort = async (id: string) => {
  await at.service.act(people.admin, { id, kind: 'abort', reason: 'not now' })
  await tick()
}

describe('a person', () => {
  it('can’t ask for two rollouts at one target, also at the same moment', async () => {
    const all = await Promise.allSettled([ask(), ask(), ask()])
    const [won] = all.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const lost = all.flatMap((each) => (each.status === 'rejected' ? [each.reason.code] : []))
    expect(lost).toHaveLength(2)
    for (const code of lost) expect(code).toBeOneOf(['rollout-target-busy', 'rollout-blocked'])
    await expect(ask()).rejects.toMatchObject({
      code: 'rollout-blocked',
      message: expect.stringContaining('is not over'),
    })
    // As if both had looked before either was stored.
    const hasty = use.serviceOf(targets, { blocks: async () => [], amiFor: async () => null })
    await expect(hasty.ask(people.admin, asked())).rejects.toMatchObject({ code: 'rollout-target-busy' })
    await abort(won?.id ?? '')
    const view = await at.service.get(won?.number ?? 0)
    expect(view).toMatchObject({ phase: 'aborted', startedAt: null, request: { state: 'withdrawn' } })
    expect(fleet.seen('canary').refreshes).toEqual([])
    await abort((await ask()).id)
  })

  it.each<[string, string, () => void]>([
    ['an image that is not trusted any more', 'image not verified', () => Object.assign(at, { isTrusted: false })],
    ['an alarm that fires', 'alarm not OK', () => use.aws.alarms.set('errors', 'ALARM')],
    ['CloudWatch that does not answer', 'alarm not OK', () => Object.assign(use.aws, { away: true })],
    ['EC2 that does not answer', 'image missing in region', () => Object.assign(use.amis, { away: true })],
  ])('can’t roll out with %s', async (_what, kind, breaks) => {
    use.aws.alarms.set('errors', 'OK')
    const check = () => at.service.check(asked({ alarms: ['errors'] }))
    expect((await check()).blocks).toEqual([])
    breaks()
    const { blocks } = await check()
    expect(new Set(blocks.map((block) => block.kind))).toEqual(new Set([kind]))
    await expect(ask({ alarms: ['errors'] })).rejects.toMatchObject({ code: 'rollout-blocked', details: blocks })
  })

  it('sees what a plan would do, and what is wrong with it where', async () => {
    const good = await at.service.check(asked())
    expect(good).toMatchObject({ faults: [], blocks: [], approversNeeded: 1, plan })
    expect(good.preview.map(({ groups }) => groups[0]?.replaces.length)).toEqual([1, 2])
    const faultsOf = async (change: Parameters<typeof asked>[0]) => (await at.service.check(asked(change))).faults
    const paths = (faults: Awaited<ReturnType<typeof faultsOf>>) => faults.map(({ path }) => path.join('.'))
    expect(paths(await faultsOf({ bakeSeconds: -1 }))).toEqual(['waves.0.bakeSeconds', 'waves.1.bakeSeconds'])
    const twice = await faultsOf({ groups: ['canary'] })
    expect(paths(twice)).toEqual(['waves.1.groups.0', 'targets.1.group'])
    await expect(ask({ groups: ['canary'] })).rejects.toMatchObject({ code: 'rollout-invalid', details: twice })
    const backwards = { ...asked(), plan: { ...plan, waves: plan.waves.toReversed() } }
    expect(paths((await at.service.check(backwards)).faults)).toEqual(['waves.0.groups.0'])
    await expect(at.service.ask(people.admin, backwards)).rejects.toMatchObject({ code: 'rollout-invalid' })
    expect((await at.service.check(asked({ bakeSeconds: 10 }))).blocks.map(({ kind }) => kind)).toContain(
      'bake too short',
    )
  })

  it('pauses, resumes and aborts it, with the reason that everyone reads later', async () => {
    const { id, number } = await approved()
    const act = (kind: 'pause' | 'resume' | 'abort') => at.service.act(people.admin, { id, kind, reason: `to ${kind}` })
    await tick()
    await act('pause')
    await expect(act('pause')).rejects.toMatchObject({ code: 'rollout-refused', message: 'tomas paused it already.' })
    await tick()
    expect(await at.service.get(number)).toMatchObject({ paused: { by: 'tomas', reason: 'to pause' } })
    expect(fleet.seen('canary').refreshes).toEqual([])
    await act('resume')
    for (let i = 0; i < 4; i++) {
      await tick()
      await fleet.pass(5)
    }
    expect(fleet.seen('canary').refreshes).not.toEqual([])
    await act('abort')
    expect(await drive(number)).toMatchObject({ phase: 'aborted', ending: { by: 'tomas', reason: 'to abort' } })
    expect(fleet.seen('canary').refreshes).toEqual(['Cancelled'])
    expect((await events(number)).filter(({ by }) => by).map(({ kind, by }) => [kind, by?.name])).toEqual([
      ['paused', 'tomas'],
      ['resumed', 'tomas'],
      ['aborting', 'tomas'],
    ])
  })

  it('who aborts it while a process decides to start it, is heard: nothing starts', async () => {
    const { id, number } = await approved()
    await tick({
      async read(real, ...call) {
        await at.service.act(people.admin, { id, kind: 'abort', reason: 'not now' })
        return real(...call)
      },
    })
    expect(await drive(number)).toMatchObject({ phase: 'aborted', startedAt: null })
    expect((await events(number)).map(({ kind }) => kind)).toEqual(['aborting', 'aborted'])
    expect(fleet.at.fleet.templateOf(fleet.at.fleet.group('canary')).versions).toHaveLength(1)
  })

  it('who decides too late decides nothing: the request expires', async () => {
    const { number, changeRequestId: id } = await ask()
    await fleet.pass(24 * 3_600 + 1)
    await tick()
    expect(await at.service.get(number)).toMatchObject({ phase: 'expired', request: { state: 'outdated' } })
    expect(await at.db.platform((tx) => changeRequests.byId(tx, id))).toMatchObject({ state: 'outdated' })
    expect((await events(number)).map(({ kind }) => kind)).toEqual(['expired'])
    await expect(at.requests.approve(people.approver, { id, reason: 'late' })).rejects.toMatchObject({
      code: 'request-decided',
    })
  })

  it('declines it, and nothing was changed', async () => {
    const { number, changeRequestId: id } = await ask()
    await at.requests.decline(people.approver, { id, reason: 'not this week' })
    await tick()
    expect(await at.service.get(number)).toMatchObject({
      phase: 'declined',
      startedAt: null,
      words: 'It was not approved.',
    })
    expect(fleet.at.fleet.templateOf(fleet.at.fleet.group('canary')).versions).toHaveLength(1)
  })
})

it('what AWS refuses is on the page and among the events once, however often it is tried again', async () => {
  const { id, number } = await approved()
  const refuses = { make: () => Promise.reject(new AwsRefused('Auto Scaling: not authorized', 'AccessDenied')) }
  for (let i = 0; i < 3; i++) {
    await tick(refuses)
    await fleet.pass(5)
  }
  expect((await at.service.get(number)).words).toBe(
    'AWS refuses a call: Auto Scaling: not authorized. Give the API’s role this right. It is tried again.',
  )
  expect((await events(number)).map(({ kind }) => kind)).toEqual(['started', 'wave started', 'call refused'])
  await tick()
  expect((await at.service.get(number)).words).not.toContain('refuses')
  await at.service.act(people.admin, { id, kind: 'abort', reason: 'enough' })
  await drive(number)
})

it('a rollout holds while nobody can say whether its image is trusted, and says only that', async () => {
  const { id, number } = await approved()
  const { image } = at
  const get = () => Promise.reject(new DomainError('unavailable', 'image-keys-unreadable', 'The keys can’t be read.'))
  at.image = { ...image, get }
  await tick()
  at.image = image
  expect((await at.service.get(number)).holding).toBe(
    'The keys can’t be read. Wait a moment. If it stays so, see the log of the API.',
  )
  await at.service.act(people.admin, { id, kind: 'abort', reason: 'enough' })
  await drive(number)
})

it('what AWS throttles is asked again more and more slowly, and the page says what is waited for', async () => {
  const { id, number } = await approved()
  const throttled = new AwsUnavailable('Rate exceeded', { code: 'Throttling' })
  const words = 'AWS throttles the calls of this account: Rate exceeded. If it stays so,'
  /** How often AWS is asked in three steps, 5 s apart. */
  const threeSteps = async (call: 'make' | 'read') => {
    let asked = 0
    for (let i = 0; i < 3; i++) {
      await tick({
        [call]: () => {
          asked++
          return Promise.reject(throttled)
        },
      })
      await fleet.pass(5)
    }
    return asked
  }
  expect(await threeSteps('make')).toBe(2)
  expect((await at.service.get(number)).words).toMatch(words)
  // It ends by itself, so the list of events does not have it.
  expect((await events(number)).map(({ kind }) => kind)).toEqual(['started', 'wave started'])
  expect(await threeSteps('read')).toBe(2)
  expect(await at.service.get(number)).toMatchObject({
    ...{ holding: 'Could not read canary from Auto Scaling.', unread: [expect.stringMatching(words)] },
  })
  await tick()
  expect(await at.service.get(number)).toMatchObject({ holding: null, unread: [] })
  await at.service.act(people.admin, { id, kind: 'abort', reason: 'enough' })
  await drive(number)
})

it('a plan whose targets are not those of the file can’t be asked for, whatever it says of its environment', async () => {
  const service = use.serviceOf(targets.map((target) => ({ ...target, environment: 'production' })))
  await expect(service.ask(people.admin, asked())).rejects.toMatchObject({
    ...{ code: 'rollout-invalid', message: expect.stringContaining('is not as the file of targets has it') },
  })
  const draft = await service.draft({ imageId: at.imageId, environment: 'production' })
  expect(draft).toMatchObject({ faults: [], blocks: [], approversNeeded: 2 })
  expect(draft.plan.waves.map(({ groups }) => groups)).toEqual([['canary'], ['rest']])
  expect(draft.preview.map(({ wave }) => wave)).toEqual(draft.plan.waves.map(({ name }) => name))
  expect(await at.db.platform((tx) => rollouts.open(tx))).toEqual([])
})
