import { type Group, pace, planSchema, preview } from '@tickwatch/rollout'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { boundsOf } from './refresh/bounds.ts'
import { Simulation } from './testing/simulation.ts'

const percents = fc
  .record({
    minHealthyPercent: fc.integer({ min: 0, max: 100 }),
    maxHealthyPercent: fc.integer({ min: 100, max: 200 }),
  })
  .filter(({ minHealthyPercent: min, maxHealthyPercent: max }) => max - min <= 100)
const desired = fc.integer({ min: 1, max: 9 })
const checkpoints = fc
  .uniqueArray(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 4 })
  .map((found) => [...found.sort((a, b) => a - b), 100])

it('the preview of a rollout has the least that is in service as Auto Scaling keeps it', () => {
  fc.assert(
    fc.property(percents, desired, (wave, count) => {
      expect(pace(wave, count).inServiceMin).toBe(boundsOf(wave, count).inServiceMin)
    }),
  )
})

it('the preview of a rollout has the stops at which a refresh waits', () => {
  fc.assert(
    fc.property(percents, desired, checkpoints, (bounds, count, checkpointPercents) => {
      const wave = { ...bounds, checkpointPercents }
      const simulation = new Simulation(count).start({ preferences: { ...wave, checkpointSeconds: 30 } })
      const stops: number[] = []
      simulation.until(({ seen, refresh }) => {
        if (refresh.checkpointMs !== null) stops.push(seen.at(-1)?.second ?? 0)
        return refresh.endMs !== null
      })
      expect(stopsAfter(wave, simulation, count)).toEqual([...new Set(stops)])
    }),
  )
})

function stopsAfter(wave: object, { group }: Simulation, count: number): number[] | undefined {
  const target = { group: 'gateways', environment: 'test', region: 'us-east-1', zones: ['a'], ring: 'fleet' }
  const plan = planSchema.parse({ targets: [target], waves: [{ name: 'all', groups: ['gateways'], ...wave }] })
  const before: Group = {
    ...{ templateVersion: '1', imageId: 'ami-old', desired: count, candidateVersion: '2', refreshes: [] },
    instances: group.instances.map(({ id, zone }) => ({
      ...{ id, zone, templateVersion: '1', lifecycle: 'InService' as const },
      ...{ isProtected: false, isReady: true, isSilent: false },
    })),
  }
  return preview(plan, new Map([['gateways', before]]), 60)[0]?.groups[0]?.stopsAfter
}
