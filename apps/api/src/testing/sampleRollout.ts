import { planSchema, usualWaves } from '@tickwatch/rollout'
import type { AskedRollout } from '../features/changeRequest/rolloutSubject.ts'

/** A rollout to a canary and to a group in each of two zones, with the usual waves. */
export function sampleRollout(environment = 'production', imageId = 'image-1'): AskedRollout {
  const target = (group: string, zone: string, ring: string) => ({
    ...{ group, environment, ring },
    ...{ region: 'eu-west-1', zones: [zone] },
  })
  const targets = [
    target(`${environment}-canary`, 'eu-west-1a', 'canary'),
    target(`${environment}-a`, 'eu-west-1a', 'fleet'),
    target(`${environment}-b`, 'eu-west-1b', 'fleet'),
  ]
  return { imageId, environment, plan: planSchema.parse({ targets, waves: usualWaves(targets, 'canary') }) }
}
