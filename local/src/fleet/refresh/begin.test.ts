import { describe, expect, it } from 'vitest'
import type { AlarmState } from '../model.ts'
import { groupOf } from '../testing/simulation.ts'
import { cancelRefresh, rollBackRefresh, type StartRequest, startRefresh } from './begin.ts'

const own = { groupVersion: '1', imageId: 'ami-1' }
const desired = { number: '2' }
const alarms = new Map<string, AlarmState>([
  ['ok', 'OK'],
  ['firing', 'ALARM'],
  ['blind', 'INSUFFICIENT_DATA'],
])
const start = (request: Partial<StartRequest> = {}, group = groupOf(2), template = own) =>
  startRefresh(group, { desired, preferences: {}, ...request }, template, alarms, { id: 'r-1', nowMs: 0 })
const withPreferences = (preferences: StartRequest['preferences']) => () => start({ preferences })

describe('a start', () => {
  it('fills in the defaults of the API', () => {
    expect(start().refreshes[0]?.preferences).toEqual({
      minHealthyPercent: 90,
      maxHealthyPercent: null,
      checkpointPercents: [],
      checkpointSeconds: 3_600,
      bakeSeconds: 0,
      alarms: [],
      autoRollback: false,
      skipMatching: false,
      scaleInProtectedInstances: 'Wait',
      standbyInstances: 'Wait',
    })
  })

  it.each<[string, () => unknown, string, RegExp]>([
    ['while another is active', () => start({}, start()), 'InstanceRefreshInProgress', /r-1/],
    ['with a minimum over 100', withPreferences({ minHealthyPercent: 101 }), 'ValidationError', /MinHealthyPercentage/],
    [
      'with a maximum below 100',
      withPreferences({ minHealthyPercent: 90, maxHealthyPercent: 99 }),
      'ValidationError',
      /MaxHealthyPercentage must be from 100 to 200/,
    ],
    ['with a maximum alone', withPreferences({ maxHealthyPercent: 110 }), 'ValidationError', /requires Min/],
    [
      'with more than 100 % between them',
      withPreferences({ minHealthyPercent: 49, maxHealthyPercent: 150 }),
      'ValidationError',
      /difference/,
    ],
    ['with a checkpoint twice', withPreferences({ checkpointPercents: [50, 50] }), 'ValidationError', /unique/],
    [
      'with checkpoints out of order',
      withPreferences({ checkpointPercents: [50, 20] }),
      'ValidationError',
      /ascending/,
    ],
    ['with a checkpoint of 0 %', withPreferences({ checkpointPercents: [0, 100] }), 'ValidationError', /from 1 to 100/],
    [
      'with a delay but no checkpoints',
      withPreferences({ checkpointSeconds: 60 }),
      'ValidationError',
      /CheckpointDelay requires CheckpointPercentages/,
    ],
    ['with a bake of over two days', withPreferences({ bakeSeconds: 172_801 }), 'ValidationError', /BakeTime/],
    [
      'with eleven alarms',
      withPreferences({ alarms: Array.from({ length: 11 }, () => 'ok') }),
      'ValidationError',
      /more than 10/,
    ],
    ['with an alarm that fires', withPreferences({ alarms: ['ok', 'firing'] }), 'ValidationError', /firing is ALARM/],
    ['with an alarm without data', withPreferences({ alarms: ['blind'] }), 'ValidationError', /INSUFFICIENT_DATA/],
    ['with an alarm that does not exist', withPreferences({ alarms: ['none'] }), 'ValidationError', /not found/],
    [
      'that rolls itself back, without a desired configuration',
      () => start({ desired: null, preferences: { autoRollback: true } }),
      'ValidationError',
      /needs a desired configuration/,
    ],
    [
      'that rolls itself back, of a group with $Latest',
      () => start({ preferences: { autoRollback: true } }, groupOf(2, { templateVersion: '$Latest' })),
      'ValidationError',
      /\$Latest/,
    ],
    [
      'that rolls itself back to an image by parameter',
      () => start({ preferences: { autoRollback: true } }, groupOf(2), { ...own, imageId: 'resolve:ssm:/ami' }),
      'ValidationError',
      /Systems Manager/,
    ],
  ])('%s is refused', (_, call, code, message) => {
    expect(call).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
  })
})

describe('a rollback or a cancellation', () => {
  it.each<[string, () => unknown, string]>([
    ['a rollback of nothing', () => rollBackRefresh(groupOf(1), own, 0), 'ActiveInstanceRefreshNotFound'],
    ['a cancellation of nothing', () => cancelRefresh(groupOf(1), true, 0), 'ActiveInstanceRefreshNotFound'],
    [
      'a rollback without a desired configuration',
      () => rollBackRefresh(start({ desired: null }), own, 0),
      'IrreversibleInstanceRefresh',
    ],
    [
      'a rollback to $Default',
      () => rollBackRefresh(start({}, groupOf(1, { templateVersion: '$Default' })), own, 0),
      'IrreversibleInstanceRefresh',
    ],
  ])('%s is refused', (_, call, code) => {
    expect(call).toThrow(expect.objectContaining({ code }))
  })

  it('of a refresh that is rolled back cancels the rollback', () => {
    const [rolling] = rollBackRefresh(start(), own, 0)
    expect(cancelRefresh(rolling, true, 1)[1]).toMatchObject({ id: 'r-1', status: 'Cancelling' })
  })
})
