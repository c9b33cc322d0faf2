import { describe, expect, it } from 'vitest'
import { type Asked, ask, instance, minute, refresh, running, verdict } from '../testing/ask.ts'
import type { Observed } from './observed.ts'
import { newRollout, type Phase } from './state.ts'

describe('before it starts', () => {
  it.each<[Observed['approval'], Phase]>([
    ['waiting', 'waiting'],
    ['approved', 'running'],
    ['declined', 'declined'],
    ['expired', 'expired'],
  ])('an approval that is %s makes it %s', (approval, phase) => {
    expect(ask({ state: newRollout(), observed: { approval } }).state.phase).toBe(phase)
  })

  it('what blocks the first wave holds it, with reason and remedy, until it is gone', () => {
    const block = { kind: 'freeze window', group: null, reason: 'Nobody rolls out now.', remedy: 'Wait.' } as const
    const held = ask({ state: newRollout(), observed: { blocks: [block] } })
    expect(held).toMatchObject({ commands: [], state: { holding: 'Nobody rolls out now. Wait.', previous: {} } })
    expect(held.events.map(({ kind }) => kind)).toEqual(['started', 'holding'])
    const on = ask({ state: held.state })
    expect(on.events.map(({ kind }) => kind)).toContain('wave started')
    expect(on.state).toMatchObject({ holding: null, previous: { canary: '7' } })
  })

  it('a block does not hold a wave that has started', () => {
    const block = { kind: 'refresh under way', group: 'canary', reason: 'ours', remedy: '' } as const
    expect(ask({ observed: { blocks: [block] } }).state.holding).toBeNull()
  })
})

describe('each refresh', () => {
  const start = ask({ group: { refreshes: [] } }).commands[0]
  it('has a numbered version and all preferences, because the defaults of API and console differ', () => {
    expect(start).toEqual({
      kind: 'start refresh',
      group: 'canary',
      templateVersion: '8',
      preferences: {
        minHealthyPercent: 100,
        maxHealthyPercent: 110,
        checkpointPercents: [],
        checkpointSeconds: 300,
        bakeSeconds: 60,
        alarms: [],
        autoRollback: true,
        skipMatching: true,
        scaleInProtectedInstances: 'Wait',
        standbyInstances: 'Wait',
      },
    })
  })

  it('comes after the template version, which is created under the name of the rollout', () => {
    const { commands } = ask({ group: { candidateVersion: null, refreshes: [] } })
    expect(commands).toEqual([{ kind: 'create template version', group: 'canary', token: 'r-1' }])
  })

  it('that leads back has neither alarms, which may fire because of the candidate, nor a rollback to the candidate', () => {
    const state = running({ phase: 'rolling back' })
    const group = { templateVersion: '8', refreshes: [refresh('Successful')] }
    expect(ask({ state, group, wave: { alarms: ['errors'] } }).commands).toMatchObject([
      { kind: 'start refresh', templateVersion: '7', preferences: { alarms: [], autoRollback: false, bakeSeconds: 0 } },
    ])
  })
})

describe('a wave that can’t start', () => {
  const other = refresh('InProgress', { id: 'theirs', templateVersion: '9' })
  const sentence =
    'An instance refresh of canary that is not of this rollout is under way (theirs, InProgress). Wait until it has ended, or cancel it.'

  it('because somebody else’s refresh is under way waits for it, and says so', () => {
    const held = ask({ group: { refreshes: [other], instances: [] } })
    expect(held).toMatchObject({ commands: [], state: { phase: 'running', holding: sentence } })
    expect(held.events.map(({ kind }) => kind)).toEqual(['holding'])
    const ended = [refresh('Cancelled', { id: 'theirs', templateVersion: '9' })]
    const on = ask({ state: held.state, group: { refreshes: ended, instances: [] } })
    expect(on).toMatchObject({ commands: [{ kind: 'start refresh' }], state: { holding: null } })
  })

  it('for ten minutes is rolled back, and the reason says what it waited for', () => {
    const state = running({ progress: { ready: 0, atMs: 0 } })
    const stuck = 'For 600 s no further instance got ready: 0 of 1 run the candidate and are ready.'
    const instances = [instance('i-1', { templateVersion: '7' })]
    const reasonOf = (asked: Asked) => ask({ state, nowMs: 10 * minute, ...asked }).state.ending?.reason
    expect(reasonOf({ group: { refreshes: [other], instances } })).toBe(`${stuck} ${sentence}`)
    const observed = { fault: 'A limit of the account is reached.' }
    expect(reasonOf({ group: { refreshes: [], instances }, observed })).toBe(`${stuck} ${observed.fault}`)
  })
})

describe('a rollout that runs rolls back', () => {
  it.each<[string, Asked]>([
    ['if the judge fails it', { observed: verdict('fail') }],
    [
      'if the judge fails it while it is paused',
      { state: running({ paused: { by: 'Ada', reason: 'lunch', atMs: 0 } }), observed: verdict('fail') },
    ],
    [
      'if an alarm made Auto Scaling roll back',
      { group: { refreshes: [refresh('RollbackInProgress', { reason: 'alarm' })] } },
    ],
    ['if its refresh failed', { group: { refreshes: [refresh('Failed')] } }],
    ['if somebody cancelled its refresh', { group: { refreshes: [refresh('Cancelled')] } }],
    [
      'if instances flap between 7 and 9 of 10 for ten minutes',
      {
        state: running({ progress: { ready: 9, atMs: 0 } }),
        group: {
          desired: 10,
          refreshes: [refresh('InProgress')],
          instances: Array.from({ length: 10 }, (_, i) => instance(`i-${i}`, { isReady: i < 8 })),
        },
        nowMs: 10 * minute,
      },
    ],
  ])('%s', (_, asked) => {
    const { state, events } = ask(asked)
    expect(['rolling back', 'rolled back']).toContain(state.phase)
    expect(state.paused).toBeNull()
    expect(events[0]?.kind).toBe('rolling back')
  })

  it('not for a verdict about another wave', () => {
    expect(ask({ observed: verdict('fail', 1) }).state.phase).toBe('running')
  })

  it('not while further instances get ready', () => {
    const state = running({ progress: { ready: 0, atMs: 0 } })
    expect(
      ask({ state, group: { refreshes: [refresh('InProgress')], desired: 2 }, nowMs: 30 * minute }).state.phase,
    ).toBe('running')
  })
})

describe('a complete wave', () => {
  const baked = running({ bakeStartedMs: 0 })
  const successful = { refreshes: [refresh('Successful')], templateVersion: '8' }
  it.each<[string, Asked, number]>([
    ['passes when it has baked, Auto Scaling is done and the judge passes it', { observed: verdict('pass') }, 1],
    ['waits for the end of the bake', { observed: verdict('pass'), nowMs: minute - 1 }, 0],
    ['waits for Auto Scaling', { observed: verdict('pass'), group: { refreshes: [refresh('Baking')] } }, 0],
    ['holds while the judge is not sure', { observed: verdict('inconclusive') }, 0],
    ['holds without a verdict', {}, 0],
    ['holds if the verdict is of another wave', { observed: verdict('pass', 1) }, 0],
    ['passes without a judge if the plan says so', { wave: { judge: null } }, 1],
  ])('%s', (_, asked, wave) => {
    const { state } = ask({ state: baked, nowMs: minute, ...asked, group: { ...successful, ...asked.group } })
    expect(state).toMatchObject({ phase: 'running', wave })
  })

  it('holds with the judge’s words, also hours later', () => {
    const asked: Asked = { state: baked, group: successful, observed: verdict('inconclusive'), nowMs: 600 * minute }
    expect(ask(asked)).toMatchObject({ state: { phase: 'running', holding: 'It is inconclusive.' }, commands: [] })
  })
})

describe('instances', () => {
  it('that go silent are left out, with notice, and count again when they are back', () => {
    const instances = [instance('i-1'), instance('i-2', { isSilent: true, templateVersion: '7' })]
    const step = ask({ group: { desired: 2, instances } })
    expect(step.events.map(({ kind }) => kind)).toEqual(['instance silent', 'wave complete'])
    expect(ask({ state: step.state, group: { desired: 2, instances } }).events).toEqual([])
    const back = [instance('i-1'), instance('i-2', { templateVersion: '7' })]
    expect(ask({ state: running({ silent: ['i-2'] }), group: { desired: 2, instances: back } }).state).toMatchObject({
      silent: [],
      bakeStartedMs: null,
    })
  })

  it('that are all silent prove nothing', () => {
    expect(ask({ group: { instances: [instance('i-1', { isSilent: true })] } }).state.bakeStartedMs).toBeNull()
  })

  it('that a scale-out adds during the wave are waited for, by their number and not by a percentage', () => {
    const more = Array.from({ length: 20 }, (_, i) => instance(`i-${i}`, { isReady: i < 19 }))
    expect(ask({ group: { desired: 20, instances: more } }).state.bakeStartedMs).toBeNull()
  })

  it('of a group that could not be read are not guessed', () => {
    const step = ask({ observed: { groups: new Map() } })
    expect(step).toMatchObject({ commands: [], state: { holding: 'Could not read canary from Auto Scaling.' } })
  })
})
