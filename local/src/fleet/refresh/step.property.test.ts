import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Simulation } from '../testing/simulation.ts'
import { cancelRefresh, rollBackRefresh } from './begin.ts'
import { boundsOf } from './bounds.ts'

const own = { groupVersion: '1', imageId: 'ami-1' }

const preferences = fc
  .record({
    minHealthyPercent: fc.integer({ min: 0, max: 100 }),
    maxHealthyPercent: fc.option(fc.integer({ min: 100, max: 200 })),
    checkpointPercents: fc.oneof(
      fc.constant([]),
      fc
        .uniqueArray(fc.integer({ min: 1, max: 100 }), { maxLength: 4 })
        .map((percents) => percents.sort((a, b) => a - b)),
    ),
    bakeSeconds: fc.integer({ min: 0, max: 3_000 }),
    autoRollback: fc.boolean(),
    skipMatching: fc.boolean(),
    scaleInProtectedInstances: fc.constantFrom('Refresh', 'Ignore', 'Wait'),
    standbyInstances: fc.constantFrom('Terminate', 'Ignore', 'Wait'),
  })
  .filter(({ minHealthyPercent: min, maxHealthyPercent: max }) => max === null || max - min <= 100)

const candidate = fc.constantFrom(
  { readyAfter: 1 },
  { readyAfter: 3 },
  { readyAfter: null },
  { readyAfter: null, endsAfter: 1 },
)
const instance = fc.record({
  templateVersion: fc.constantFrom('1', '1', '1', '2'),
  isProtected: fc.constantFrom(false, false, false, true),
  isStandby: fc.constantFrom(false, false, false, true),
})
const act = fc.constantFrom('none', 'cancel', 'roll back', 'alarm')

it('never has fewer in service than the minimum, never more than the maximum, and always ends', () => {
  fc.assert(
    fc.property(
      fc.array(instance, { maxLength: 7 }),
      preferences,
      candidate,
      act,
      fc.integer({ min: 1, max: 20 }),
      (instances, wanted, behaviour, what, atStep) => {
        const simulation = new Simulation(instances.length, {}, (i) => {
          const { templateVersion, isProtected, isStandby } = instances[i] as (typeof instances)[number]
          return { templateVersion, isProtected, lifecycle: isStandby ? 'Standby' : 'InService' }
        })
        simulation.stepSeconds = 300
        const desired = instances.filter(({ isStandby }) => !isStandby).length
        simulation.group = { ...simulation.group, desired }
        simulation.behaviours.set('2', behaviour)
        simulation.alarms.set('errors', 'OK')
        simulation.start({ preferences: { ...wanted, alarms: ['errors'] } })
        simulation.step(atStep)
        if (simulation.refresh.endMs === null) {
          if (what === 'cancel') simulation.group = cancelRefresh(simulation.group, true, simulation.nowMs)[0]
          const { status } = simulation.refresh
          if (what === 'roll back' && status !== 'RollbackInProgress') {
            simulation.group = rollBackRefresh(simulation.group, own, simulation.nowMs)[0]
          }
          if (what === 'alarm') simulation.alarms.set('errors', 'ALARM')
        }
        simulation.finish(4_000)
        expect(simulation.refresh.endMs).not.toBeNull()

        const { inServiceMin, liveMax } = boundsOf(wanted, desired)
        for (const { healthy, live } of simulation.seen) {
          expect(healthy).toBeGreaterThanOrEqual(inServiceMin)
          expect(live).toBeLessThanOrEqual(liveMax)
        }
        // Afterwards the group has its desired capacity, unless what it launches ends at once.
        simulation.step(12)
        const isGood = simulation.group.templateVersion === '1' || !('endsAfter' in behaviour)
        if (isGood) expect(simulation.seen.at(-1)?.live).toBe(desired)
      },
    ),
    { numRuns: 300 },
  )
})
