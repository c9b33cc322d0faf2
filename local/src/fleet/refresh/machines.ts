import type { FleetGroup, FleetInstance } from '../model.ts'

/** What runs for an instance. */
export type MachineState = 'starting' | 'ready' | 'not ready' | 'ended'

/**
 * What a group becomes when this is seen of its instances. One that gets ready goes into service; one that ended is gone,
 * and the group replaces it unless it was to go.
 */
export function seeMachines(group: FleetGroup, seen: ReadonlyMap<string, MachineState>, nowMs: number): FleetGroup {
  let { launchFailedMs } = group
  const instances = group.instances.flatMap((instance): FleetInstance[] => {
    const state = seen.get(instance.id)
    if (state === undefined) return [instance]
    if (state === 'ended') {
      if (instance.lifecycle === 'Pending') launchFailedMs = nowMs
      return []
    }
    const isReady = state === 'ready'
    const goesIntoService = isReady && instance.lifecycle === 'Pending'
    return [{ ...instance, isReady, lifecycle: goesIntoService ? 'InService' : instance.lifecycle }]
  })
  return { ...group, instances, launchFailedMs }
}
