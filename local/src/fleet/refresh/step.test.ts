import { describe, expect, it } from 'vitest'
import { Simulation } from '../testing/simulation.ts'
import { cancelRefresh, rollBackRefresh } from './begin.ts'
import { progressOf } from './census.ts'

const own = { groupVersion: '1', imageId: 'ami-1' }
const twos = (count: number) => Array.from({ length: count }, () => '2')
const ones = (count: number) => Array.from({ length: count }, () => '1')

function rollBack(simulation: Simulation) {
  simulation.group = rollBackRefresh(simulation.group, own, simulation.nowMs)[0]
}

describe('an instance refresh', () => {
  it('replaces every instance, and only then the group’s own template', () => {
    const simulation = new Simulation(4).start({ preferences: { minHealthyPercent: 100, maxHealthyPercent: 110 } })
    simulation.step()
    expect(simulation.group.templateVersion).toBe('1')
    expect(simulation.refresh.status).toBe('InProgress')
    simulation.finish()
    expect(simulation.refresh).toMatchObject({
      status: 'Successful',
      final: { percentComplete: 100, instancesToUpdate: 0 },
    })
    expect(simulation.versions).toEqual(twos(4))
    expect(simulation.group.templateVersion).toBe('2')
    expect(Math.min(...simulation.seen.map(({ healthy }) => healthy))).toBe(4)
    expect(Math.max(...simulation.seen.map(({ live }) => live))).toBe(5)
  })

  it('keeps the zones as even as they were', () => {
    const simulation = new Simulation(6)
      .start({ preferences: { minHealthyPercent: 100, maxHealthyPercent: 150 } })
      .finish()
    const zones = simulation.group.instances.map(({ zone }) => zone).sort()
    expect(zones).toEqual(['a', 'a', 'b', 'b', 'c', 'c'])
  })

  it('bakes before it succeeds, and can be rolled back until then', () => {
    const simulation = new Simulation(1).start({ preferences: { bakeSeconds: 60 } })
    simulation.until(({ refresh }) => refresh.status === 'Baking')
    const started = simulation.nowMs
    expect(simulation.group.templateVersion).toBe('1')
    simulation.finish()
    expect(simulation.refresh).toMatchObject({ status: 'Successful', endMs: started + 60_000 })

    const undone = new Simulation(1).start({ preferences: { bakeSeconds: 60 } })
    undone.until(({ refresh }) => refresh.status === 'Baking')
    rollBack(undone)
    undone.finish()
    expect(undone.refresh.status).toBe('RollbackSuccessful')
    expect(undone.versions).toEqual(['1'])
    expect(undone.group.templateVersion).toBe('1')
  })

  it('of an empty group succeeds at once', () => {
    expect(new Simulation(0).start().step().refresh.status).toBe('Successful')
  })

  it('skips instances that have the version already, if it shall', () => {
    const instance = (i: number) => (i < 2 ? { templateVersion: '2' } : {})
    const skips = new Simulation(3, {}, instance).start({ preferences: { skipMatching: true } }).finish()
    expect(skips.group.instances.map(({ id }) => id)).toEqual(['old-0', 'old-1', 'new-1'])
    const all = new Simulation(3, {}, instance).start().finish()
    expect(all.group.instances.map(({ id }) => id)).toEqual(['new-1', 'new-2', 'new-3'])
    const none = new Simulation(3, {}, () => ({ templateVersion: '2' }))
    expect(none.start({ preferences: { skipMatching: true } }).step().refresh.status).toBe('Successful')
  })
})

describe('new instances that never get ready', () => {
  const preferences = { minHealthyPercent: 50, maxHealthyPercent: 100 }
  function bad(changes: object) {
    const simulation = new Simulation(4)
    simulation.behaviours.set('2', { readyAfter: null })
    return simulation.start({ preferences: { ...preferences, ...changes } })
  }

  it('fail it after an hour, and the group launches its own version again', () => {
    const simulation = bad({}).finish()
    expect(simulation.refresh.status).toBe('Failed')
    expect(simulation.refresh.reason).toMatch(
      /^No progress for 1 h\. It waits until new-1 is ready: 0 of 2 new instances are\.$/,
    )
    expect(simulation.nowMs).toBeGreaterThanOrEqual(3_600_000)
    expect(Math.min(...simulation.seen.map(({ healthy }) => healthy))).toBe(2)
    expect(simulation.group.templateVersion).toBe('1')
  })

  it('roll it back by itself if it shall', () => {
    const simulation = bad({ autoRollback: true }).until(({ refresh }) => refresh.status === 'RollbackInProgress')
    expect(simulation.refresh.rollback).toMatchObject({ percentComplete: 0, instancesToUpdate: 4 })
    simulation.finish()
    expect(simulation.refresh.status).toBe('RollbackSuccessful')
    expect(simulation.refresh.reason).toMatch(
      /^No progress for 1 h\. It waits until new-1 is ready: 0 of 2 new instances are\.$/,
    )
    expect(simulation.versions).toEqual(ones(4))
  })

  it('that end again and again are no progress, and are not launched without a pause', () => {
    const simulation = new Simulation(1)
    simulation.stepSeconds = 1
    simulation.behaviours.set('2', { readyAfter: null, endsAfter: 0 })
    simulation.start().step(600)
    expect(simulation.launches).toBeGreaterThan(60)
    expect(simulation.launches).toBeLessThanOrEqual(600 / 5 + 1)
    simulation.finish()
    expect(simulation.refresh.status).toBe('Failed')
    expect(simulation.nowMs).toBeLessThan(3_700_000)
  })

  it('with the previous version too fail the rollback', () => {
    const simulation = new Simulation(1)
    simulation.behaviours.set('2', { readyAfter: null })
    simulation.behaviours.set('1', { readyAfter: null })
    simulation.start({ preferences: { autoRollback: true } }).finish()
    expect(simulation.refresh.status).toBe('RollbackFailed')
    expect(simulation.refresh.reason).toMatch(
      /^(No progress for 1 h\. It waits until new-\d is ready: 0 of 1 new instances are\. ?){2}$/,
    )
  })
})

describe('an alarm', () => {
  it.each([
    [true, 'RollbackSuccessful', ones(2)],
    [false, 'Failed', ['1', '2']],
  ])('that fires while it runs ends it, with rollback %s in %s', (autoRollback, status, versions) => {
    const simulation = new Simulation(2)
    simulation.alarms.set('errors', 'OK')
    simulation.behaviours.set('2', { readyAfter: 3 })
    simulation.start({ preferences: { minHealthyPercent: 50, alarms: ['errors'], autoRollback } })
    simulation.until(({ seen }) => seen.at(-1)?.second === 1)
    simulation.alarms.set('errors', 'ALARM')
    simulation.finish()
    expect(simulation.refresh).toMatchObject({ status, reason: 'Alarms went into ALARM: errors.' })
    expect(simulation.versions).toEqual(versions)
  })

  it('that fires while it bakes rolls it back', () => {
    const simulation = new Simulation(1)
    simulation.alarms.set('errors', 'OK')
    simulation.start({ preferences: { bakeSeconds: 600, alarms: ['errors'], autoRollback: true } })
    simulation.until(({ refresh }) => refresh.status === 'Baking')
    simulation.alarms.set('errors', 'ALARM')
    expect(simulation.finish().refresh.status).toBe('RollbackSuccessful')
    expect(simulation.versions).toEqual(['1'])
  })

  it('without data is not one that fires', () => {
    const simulation = new Simulation(1)
    simulation.alarms.set('errors', 'OK')
    simulation.start({ preferences: { alarms: ['errors'] } })
    simulation.alarms.set('errors', 'INSUFFICIENT_DATA')
    expect(simulation.finish().refresh.status).toBe('Successful')
  })
})

describe('a protected instance', () => {
  const guarded = (scaleInProtectedInstances: 'Refresh' | 'Ignore' | 'Wait') =>
    new Simulation(2, {}, (i) => ({ isProtected: i === 0 })).start({
      preferences: { minHealthyPercent: 50, scaleInProtectedInstances },
    })

  it.each([
    ['Refresh', 'Successful', twos(2)],
    ['Ignore', 'Successful', ['1', '2']],
    ['Wait', 'Failed', ['1', '2']],
  ] as const)('with %s ends in %s', (how, status, versions) => {
    const simulation = guarded(how).finish()
    expect(simulation.refresh.status).toBe(status)
    expect(simulation.versions).toEqual(versions)
  })

  it('that loses its protection in time is replaced', () => {
    const simulation = guarded('Wait').step(20)
    expect(simulation.refresh.reason).toBe('It waits until old-0 is no longer protected from scale-in.')
    simulation.change('old-0', { isProtected: false }).finish()
    expect(simulation.refresh.status).toBe('Successful')
    expect(simulation.versions).toEqual(twos(2))
  })
})

describe('an instance in standby', () => {
  const resting = (standbyInstances: 'Terminate' | 'Ignore' | 'Wait') => {
    const simulation = new Simulation(3, {}, (i) => (i === 0 ? { lifecycle: 'Standby' } : {}))
    simulation.group = { ...simulation.group, desired: 2 }
    return simulation.start({ preferences: { minHealthyPercent: 50, standbyInstances } })
  }

  it.each([
    ['Terminate', 'Successful', twos(2)],
    ['Ignore', 'Successful', ['1', '2', '2']],
    ['Wait', 'Failed', ['1', '2', '2']],
  ] as const)('with %s ends in %s', (how, status, versions) => {
    const simulation = resting(how).finish().step()
    expect(simulation.refresh.status).toBe(status)
    expect(simulation.versions.slice(0, versions.length)).toEqual(versions)
  })
})

describe('a cancelled refresh', () => {
  it('stops where it is, without a way back', () => {
    const simulation = new Simulation(4).start({ preferences: { minHealthyPercent: 100, maxHealthyPercent: 125 } })
    simulation.until(({ seen }) => seen.at(-1)?.second === 2)
    simulation.group = cancelRefresh(simulation.group, true, simulation.nowMs)[0]
    expect(simulation.refresh.status).toBe('Cancelling')
    simulation.finish().step(5)
    expect(simulation.refresh.status).toBe('Cancelled')
    expect(simulation.versions).toHaveLength(4)
    expect(simulation.versions.filter((version) => version === '2').length).toBeGreaterThan(0)
    expect(simulation.group.templateVersion).toBe('1')
  })

  it('waits for what moves, unless it shall not', () => {
    for (const waits of [true, false]) {
      const simulation = new Simulation(1)
      simulation.behaviours.set('2', { readyAfter: 10 })
      simulation.start({ preferences: { minHealthyPercent: 100, maxHealthyPercent: 200 } }).step(2)
      simulation.group = cancelRefresh(simulation.group, waits, simulation.nowMs)[0]
      expect(simulation.step().refresh.status).toBe(waits ? 'Cancelling' : 'Cancelled')
    }
  })
})

it('an instance that ends by itself is replaced, during a refresh by one of the new version', () => {
  const simulation = new Simulation(2).step()
  simulation.group = { ...simulation.group, instances: simulation.group.instances.slice(1) }
  expect(simulation.step(2).versions).toEqual(ones(2))
  simulation.start({ preferences: { checkpointPercents: [50, 100], minHealthyPercent: 50 } })
  simulation.until(({ refresh }) => refresh.checkpointMs !== null)
  simulation.group = {
    ...simulation.group,
    instances: simulation.group.instances.filter(({ templateVersion }) => templateVersion === '2'),
  }
  expect(simulation.step(2).versions).toEqual(twos(2))
})

it('the progress is counted in ready instances, and goes back in a rollback', () => {
  const simulation = new Simulation(4).start({
    preferences: { minHealthyPercent: 0, checkpointPercents: [50, 100], checkpointSeconds: 600 },
  })
  simulation.until(({ refresh }) => refresh.checkpointMs !== null)
  expect(progressOf(simulation.group, simulation.refresh)).toEqual({ percentComplete: 50, instancesToUpdate: 2 })
  rollBack(simulation)
  expect(progressOf(simulation.group, simulation.refresh)).toEqual({ percentComplete: 50, instancesToUpdate: 2 })
  simulation.finish()
  expect(progressOf(simulation.group, simulation.refresh)).toEqual({ percentComplete: 0, instancesToUpdate: 2 })
})
