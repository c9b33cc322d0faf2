import { type Plan, planSchema, usualWaves, type Wave } from '../plan/plan.ts'

const zones = { canary: 'a', one: 'a', two: 'b', three: 'c' } as const

/** A canary and three zones, in three waves that bake for 60 s. */
export function planOf(changes: Partial<Wave> = {}): Plan {
  const targets = Object.entries(zones).map(([group, zone]) => ({
    group,
    environment: 'production',
    region: 'eu-central-1',
    zones: [`eu-central-1${zone}`],
    ring: group === 'canary' ? 'canary' : 'fleet',
  }))
  const waves = usualWaves(targets, 'canary').map((wave) => ({ ...wave, bakeSeconds: 60, ...changes }))
  return planSchema.parse({ targets, waves })
}

export const sizes = { canary: 1, one: 2, two: 2, three: 3 }
