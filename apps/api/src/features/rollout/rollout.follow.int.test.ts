// Whole rollouts: real Postgres, the local fleet in the place of Auto Scaling, and a metrics store that says what a test wants.
import { incidents } from '@tickwatch/db'
import { describe, expect, it } from 'vitest'
import { type Ends, useRollouts } from '../../../../../local/src/testing/useRollouts.ts'
import { createFreezeWindowService } from '../freezeWindow/freezeWindow.service.ts'

const { at, fleet, people, candidate, old, tick, ask, approved, drive, events } = useRollouts()

const kindsOf = async (number: number) => (await events(number)).map(({ kind }) => kind)
const wholeOnes = ['started', 'wave started', 'wave complete', 'wave started', 'wave complete', 'succeeded']

describe('a rollout of a good image', () => {
  it('waits for its approval, goes through wave by wave, and the page says so', async () => {
    const asked = await ask()
    await tick()
    expect(await at.service.get(asked.number)).toMatchObject({
      ...{ phase: 'waiting', startedAt: null, words: expect.stringContaining('It waits for approval') },
      request: { state: 'pending', approversNeeded: 1, approvals: [] },
      image: { name: 'gateway', version: '2.0.0' },
      groups: [{ group: 'canary', desired: 1, templateVersion: '1', imageId: old }, { group: 'rest' }],
    })
    expect(fleet.seen('canary').refreshes).toEqual([])
    await at.requests.approve(people.approver, { id: asked.changeRequestId, reason: 'agreed' })
    const view = await drive(asked.number)
    expect(view).toMatchObject({
      ...{ phase: 'succeeded', words: 'All 2 waves run the candidate.', previousImage: null, ending: null },
      waves: [
        { name: 'canary', state: 'complete', ready: 1, total: 1 },
        { name: 'rest', state: 'complete', ready: 2, total: 2 },
      ],
      verdicts: [
        { wave: 0, verdict: { outcome: 'pass', words: 'The canary is no worse than the baseline.' } },
        { wave: 1, verdict: { outcome: 'pass' } },
      ],
      request: { state: 'approved', approvals: [{ by: { subject: 'aiko' }, reason: 'agreed' }] },
    })
    expect(await kindsOf(asked.number)).toEqual(wholeOnes)
    expect(fleet.seen('rest')).toEqual({ templateVersion: '2', instances: ['2', '2'], refreshes: ['Successful'] })
    expect((await at.service.list({ show: 'open', pageSize: 50 })).items).toEqual([])
    const charts = await at.service.charts(asked.number)
    const cpu = charts.find(({ figure }) => figure === 'cpuSecondsPerSample')
    expect(cpu?.points.at(-1)).toMatchObject({ canary: 0.6 / 30_000, baseline: null })
  })

  it('goes through although each process ends: after a call that it made twice, before it, and while it reads', async () => {
    const { number } = await approved()
    const dies = () => Promise.reject<never>(new Error('killed'))
    const ends: Ends[] = [
      {
        async make(real, ...call) {
          await real(...call)
          await real(...call)
          return dies()
        },
      },
      { make: dies },
      { read: dies },
    ]
    const view = await drive(number, (i) => ends[i % ends.length] ?? {})
    expect(view.phase).toBe('succeeded')
    expect(await kindsOf(number)).toEqual(wholeOnes)
    for (const name of ['canary', 'rest']) {
      expect(fleet.seen(name)).toMatchObject({ templateVersion: '2', refreshes: ['Successful'] })
      expect(fleet.at.fleet.templateOf(fleet.at.fleet.group(name)).versions).toHaveLength(2)
    }
  })

  it('does not start a wave in a freeze window, and goes on when somebody ends it', async () => {
    const { number } = await approved()
    const freezes = createFreezeWindowService(at.db)
    const hours = (count: number) => new Date(Date.now() + count * 3_600_000).toISOString()
    const window = { startsAt: hours(-1), endsAt: hours(48), environments: ['test'] }
    const { id } = await freezes.create(people.admin, { ...window, reason: 'the finals' })
    await tick()
    expect(await at.service.get(number)).toMatchObject({
      ...{ phase: 'running', wave: null, holding: expect.stringContaining('Nobody rolls out now: the finals') },
      words: expect.stringContaining('It holds. Nobody rolls out now: the finals'),
    })
    expect(fleet.seen('canary').refreshes).toEqual([])
    await freezes.end(people.admin, { id, reason: 'they are over' })
    expect((await drive(number)).phase).toBe('succeeded')
    expect(await kindsOf(number)).toEqual(['started', 'holding', ...wholeOnes.slice(1)])
  })
})

describe('a rollout of a bad image', () => {
  const incidentOf = async (number: number) => {
    const { items } = await at.db.platform((tx) => incidents.list(tx, { pageSize: 50 }))
    return items.find(({ labels }) => labels.rollout === String(number))
  }
  const expectUndone = async (number: number, because: string) => {
    expect(await at.service.get(number)).toMatchObject({
      ...{ phase: 'rolled back', ending: { by: null, reason: expect.stringContaining(because) } },
      words: expect.stringContaining(because),
      waves: [{ state: 'rolled back', ready: 1, total: 1 }, { state: 'waiting' }],
    })
    expect(fleet.seen('canary')).toEqual({ templateVersion: '1', instances: ['1'], refreshes: ['RollbackSuccessful'] })
    expect(fleet.seen('rest').refreshes).toEqual([])
    expect(await incidentOf(number)).toMatchObject({
      ...{ state: 'open', severity: 'ticket', slo: null, alertName: 'RolloutRolledBack' },
      suspect: { change: `Rollout ${number} of gateway 2.0.0 to test`, why: expect.stringContaining('about it') },
    })
  }

  it('that never gets ready is stopped at the canary and rolled back, with an incident', async () => {
    fleet.at.machines.neverReady.add(candidate)
    const { number } = await approved({ progressSeconds: 60 })
    await drive(number)
    expect(await kindsOf(number)).toEqual(['started', 'wave started', 'rolling back', 'rolled back'])
    await expectUndone(number, 'For 60 s no further instance got ready')
  })

  it('that answers 5xx is rolled back within a minute, because of its figures', async () => {
    at.figures = { errors: 30 }
    const { number } = await approved()
    expect((await drive(number)).verdicts).toMatchObject([{ wave: 0, verdict: { outcome: 'fail' } }])
    const times = new Map((await events(number)).map((event) => [event.kind, Date.parse(event.at)]))
    const since = (kind: string) => times.get(kind) ?? Number.NaN
    expect((since('rolling back') - since('wave started')) / 1_000).toBeLessThanOrEqual(60)
    await expectUndone(number, 'the canary answered 30 requests with 5xx')
  })

  it('whose rollback fails pages somebody, and nothing touches its groups any more', async () => {
    const { number } = await approved({ progressSeconds: 60 })
    const view = await drive(number, () => {
      const { refreshes } = fleet.seen('canary')
      if (refreshes.includes('Baking')) at.figures = { errors: 30 }
      // As if the image before did not start any more.
      if (refreshes.includes('RollbackInProgress')) fleet.at.machines.neverReady.add(old)
      return {}
    })
    expect(view).toMatchObject({ phase: 'rollback failed', waves: [{ state: 'failed' }, { state: 'waiting' }] })
    expect(await incidentOf(number)).toMatchObject({ severity: 'page', alertName: 'RolloutRollbackFailed' })
  })
})
