import type { FleetState, Image } from '../fleetState.ts'
import type { FleetGroup } from '../model.ts'

const zones = ['us-east-1a', 'us-east-1b', 'us-east-1c']

/** An image that EC2 has. */
export const imageOf = (id: string): Image => ({
  ...{ id, name: id, architecture: 'x86_64', imdsSupport: 'v2.0', tags: {}, isAvailable: true },
})

/** Groups of these sizes with one launch template each, whose only version has the image `ami-old`; and `ami-new`. */
export function fleetOf(sizes: Readonly<Record<string, number>>, changes: Partial<FleetGroup> = {}): FleetState {
  const images = ['ami-old', 'ami-new'].map(imageOf)
  const first = { number: 1, description: 'the first', imageId: 'ami-old', createdMs: 0, clientToken: null }
  return {
    images,
    alarms: {},
    templates: Object.keys(sizes).map((name) => ({
      id: `lt-${name}`,
      name,
      defaultVersion: 1,
      versions: [{ ...first }],
    })),
    groups: Object.entries(sizes).map(([name, desired]) => ({
      ...{ name, templateId: `lt-${name}`, templateVersion: '1', desired, zones, tags: { ring: 'fleet' } },
      ...{ instances: [], refreshes: [], launchFailedMs: null },
      ...changes,
    })),
  }
}
