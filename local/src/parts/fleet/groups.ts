import { join } from 'node:path'
import { idDefaults } from '@tickwatch/policy'
import type { Target } from '@tickwatch/rollout'
import { type FleetState, newId } from '../../fleet/fleetState.ts'
import { awsRegion } from '../aws/ministack.ts'
import { zones } from '../gateway.ts'

/** One gateway each: the canary, and one in each zone. A rollout can so take one zone after the canary. */
const groups = [
  { name: 'gateways-canary', ring: 'canary', zone: zones[0] as string },
  ...zones.map((zone) => ({ name: `gateways-${zone}`, ring: 'fleet', zone })),
]

/** What rollouts may change. */
export const rolloutTargets: readonly Target[] = groups.map(({ name, ring, zone }) => ({
  group: name,
  environment: idDefaults.environment,
  region: awsRegion,
  zones: [zone],
  ring,
}))

/** The file of them, which the API reads (`ROLLOUT_TARGETS_FILE`). */
export const rolloutTargetsFile = (stateDir: string) => join(stateDir, 'fleet', 'rollout-targets.json')

/** The groups with a launch template each, whose only version has this image. None has launched anything yet. */
export function newGroups(imageId: string, nowMs: number): Pick<FleetState, 'groups' | 'templates'> {
  const all = groups.map((group) => ({ ...group, templateId: newId('lt') }))
  return {
    groups: all.map(({ name, ring, zone, templateId }) => ({
      ...{ name, templateId, templateVersion: '1', desired: 1, zones: [zone], tags: { ring } },
      ...{ instances: [], refreshes: [], launchFailedMs: null },
    })),
    templates: all.map(({ name, templateId }) => ({
      ...{ id: templateId, name, defaultVersion: 1 },
      versions: [{ number: 1, description: 'The first image', imageId, createdMs: nowMs, clientToken: null }],
    })),
  }
}
