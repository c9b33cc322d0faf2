import { describe, expect, it } from 'vitest'
import type { Group } from '../plan/fleet.ts'
import { ask, instance, minute, refresh, running } from '../testing/ask.ts'
import { byHand } from './byHand.ts'
import { newRollout, type Phase, type State } from './state.ts'

describe('by hand', () => {
  const act = (state: State, kind: Parameters<typeof byHand>[1]['kind'], reason = 'because') =>
    byHand(state, { kind, by: 'Ada', reason }, minute)

  it.each<[Parameters<typeof byHand>[1]['kind'], State, string]>([
    ['pause', newRollout(), 'Only a rollout that runs can be paused.'],
    ['pause', running({ paused: { by: 'Bo', reason: 'x', atMs: 0 } }), 'Bo paused it already.'],
    ['resume', running(), 'It is not paused.'],
    ['abort', running({ phase: 'rolling back' }), 'It rolls back already.'],
    ['abort', running({ phase: 'aborting' }), 'It is being aborted already.'],
    ['roll back', newRollout(), 'It has not started. Abort it instead.'],
    ['roll back', running({ phase: 'rolling back' }), 'It rolls back already.'],
    ['roll back', running({ phase: 'succeeded' }), 'To go back, roll out the previous image.'],
  ])('%s is refused if it makes no sense', (kind, state, refusal) => {
    expect(act(state, kind).refusal).toContain(refusal)
  })

  it('nothing happens without a reason', () => {
    expect(act(running(), 'abort', '  ')).toEqual({ refusal: 'Enter a reason.' })
  })

  it('a pause starts nothing, and ends with a resume that begins to count time again', () => {
    const paused = act(running({ progress: { ready: 0, atMs: 0 } }), 'pause')
    if (paused.refusal !== null) throw new Error(paused.refusal)
    const held = ask({ state: paused.state, group: { refreshes: [] }, nowMs: 60 * minute })
    expect(held).toMatchObject({
      commands: [],
      events: [],
      state: { phase: 'running', holding: 'Ada paused it: because' },
    })
    const resumed = act(held.state, 'resume')
    if (resumed.refusal !== null) throw new Error(resumed.refusal)
    const on = ask({ state: resumed.state, group: { refreshes: [] }, nowMs: 61 * minute })
    expect(on).toMatchObject({ commands: [{ kind: 'start refresh' }], state: { phase: 'running', holding: null } })
  })

  it('an abort cancels what is under way and leaves the rest as it is', () => {
    const aborting = act(running(), 'abort')
    if (aborting.refusal !== null) throw new Error(aborting.refusal)
    const { state, commands } = ask({ state: aborting.state })
    expect(commands).toEqual([{ kind: 'cancel refresh', group: 'canary', refreshId: 'refresh-1' }])
    const ended = ask({ state, group: { refreshes: [refresh('Cancelled')] } })
    expect(ended.events.at(-1)?.words).toBe(
      'Aborted where it was: 1 of 1 instance of the begun wave runs the candidate.',
    )
  })

  it('an abort before anything began says that nothing was changed', () => {
    const aborting = act(newRollout(), 'abort')
    if (aborting.refusal !== null) throw new Error(aborting.refusal)
    expect(ask({ state: aborting.state }).events.map(({ words }) => words)).toEqual([
      'Aborted before a wave began: nothing was changed.',
    ])
  })

  it('a rollback by hand rolls the refresh back, and keeps who wanted it and why', () => {
    const back = act(running(), 'roll back')
    if (back.refusal !== null) throw new Error(back.refusal)
    expect(ask({ state: back.state })).toMatchObject({
      commands: [{ kind: 'roll back refresh', refreshId: 'refresh-1' }],
      state: { phase: 'rolling back', ending: { by: 'Ada', reason: 'because' } },
    })
  })
})

describe('a rollout that rolls back', () => {
  const state = running({
    phase: 'rolling back',
    ending: { by: null, reason: 'worse' },
    progress: { ready: 0, atMs: 0 },
  })
  const old = instance('i-1', { templateVersion: '7' })
  it.each<[string, Partial<Group>, Phase, string[]]>([
    [
      'has ended if group and instances have the old version',
      { refreshes: [refresh('RollbackSuccessful')], instances: [old] },
      'rolled back',
      [],
    ],
    ['has ended if nothing had been started', { refreshes: [], instances: [old] }, 'rolled back', []],
    [
      'waits for its instances',
      { refreshes: [refresh('RollbackSuccessful')], instances: [{ ...old, isReady: false }] },
      'rolling back',
      [],
    ],
    [
      'goes on if the candidate is left',
      { refreshes: [refresh('RollbackSuccessful')] },
      'rolling back',
      ['start refresh'],
    ],
    ['goes on after somebody cancelled', { refreshes: [refresh('Cancelled')] }, 'rolling back', ['start refresh']],
    [
      'waits for the refresh that leads back',
      { refreshes: [refresh('InProgress', { id: 'b', templateVersion: '7' }), refresh('Failed')] },
      'rolling back',
      [],
    ],
    [
      'has failed if that fails',
      { refreshes: [refresh('Failed', { id: 'b', templateVersion: '7' }), refresh('Failed')] },
      'rollback failed',
      [],
    ],
    ['has failed if Auto Scaling says so', { refreshes: [refresh('RollbackFailed')] }, 'rollback failed', []],
  ])('%s', (_, group, phase, commands) => {
    const step = ask({ state, group })
    expect([step.state.phase, step.commands.map(({ kind }) => kind)]).toEqual([phase, commands])
  })

  it('says who wanted it, and which instances report nothing', () => {
    const instances = [old, instance('i-2', { templateVersion: '7', isSilent: true })]
    const back = ask({
      state: { ...state, ending: { by: 'Ada', reason: 'wrong image' } },
      group: { desired: 2, refreshes: [refresh('RollbackSuccessful')], instances },
    })
    expect(back.events.at(-1)?.words).toBe(
      'Every instance that reports runs the previous version; 1 reports nothing. Ada: wrong image',
    )
  })

  it('has failed if nothing moves', () => {
    const group = { refreshes: [refresh('RollbackInProgress')] }
    const step = ask({ state, group, nowMs: 10 * minute })
    const stuck = 'For 600 s no further instance got ready: 0 of 1 run the previous version and are ready.'
    expect(step.events.at(-1)?.words).toBe(`The rollback failed. ${stuck}`)
    const refused = ask({ state, group, observed: { fault: 'AWS throttles.' }, nowMs: 10 * minute })
    expect(refused.events.at(-1)?.words).toBe(`The rollback failed. ${stuck} AWS throttles.`)
  })
})
