import type { AlarmState, FleetGroup, FleetInstance, Refresh } from '../model.ts'
import { type StartRequest, startRefresh } from '../refresh/begin.ts'
import { isHealthy, isLive } from '../refresh/census.ts'
import { type MachineState, seeMachines } from '../refresh/machines.ts'
import { stepGroup } from '../refresh/step.ts'

/** How machines of a version behave. */
export type Behaviour = {
  /** How many steps they take until they are ready; null: they never are. */
  readyAfter: number | null
  /** They end after so many steps. */
  endsAfter?: number
}
const usual: Behaviour = { readyAfter: 1 }

/** One group whose machines behave as a test says, and what was seen of it after each step. */
export class Simulation {
  group: FleetGroup
  nowMs = 0
  stepSeconds = 5
  readonly alarms = new Map<string, AlarmState>()
  readonly behaviours = new Map<string, Behaviour>()
  /** After each step: healthy and live instances, and those of version 2. */
  readonly seen: { healthy: number; live: number; second: number; status: string }[] = []
  #ids = 0
  readonly #ages = new Map<string, number>()

  constructor(
    desired: number,
    changes: Partial<FleetGroup> = {},
    instance: (i: number) => Partial<FleetInstance> = () => ({}),
  ) {
    this.group = groupOf(desired, changes, instance)
  }

  start(request: Partial<StartRequest> = {}): this {
    const desired = { number: '2' }
    const own = { groupVersion: this.group.templateVersion, imageId: 'ami-1' }
    const made = { id: `refresh-${this.group.refreshes.length + 1}`, nowMs: this.nowMs }
    this.group = startRefresh(this.group, { desired, preferences: {}, ...request }, own, this.alarms, made)
    return this
  }

  get refresh(): Refresh {
    const [newest] = this.group.refreshes
    if (!newest) throw new Error('There is no refresh.')
    return newest
  }

  step(steps = 1): this {
    for (let i = 0; i < steps; i++) this.#step()
    return this
  }

  /** Steps until it has ended, at most so often. */
  finish(steps = 10_000): this {
    for (let i = 0; i < steps && this.refresh.endMs === null; i++) this.#step()
    return this
  }

  /** @throws Error if it does not come to that in 2,000 steps. */
  until(condition: (simulation: Simulation) => boolean): this {
    for (let i = 0; i < 2_000; i++) {
      if (condition(this)) return this
      this.#step()
    }
    throw new Error(`It did not come to that: ${JSON.stringify(this.group)}`)
  }

  /** How many instances were launched. */
  get launches(): number {
    return this.#ids
  }

  change(id: string, changes: Partial<FleetInstance>): this {
    const instances = this.group.instances.map((each) => (each.id === id ? { ...each, ...changes } : each))
    this.group = { ...this.group, instances }
    return this
  }

  get versions(): string[] {
    return this.group.instances.map(({ templateVersion }) => templateVersion).sort()
  }

  #step(): void {
    this.nowMs += this.stepSeconds * 1_000
    this.group = seeMachines(this.group, this.#machines(), this.nowMs)
    this.group = stepGroup(this.group, {
      nowMs: this.nowMs,
      alarms: this.alarms,
      groupVersion: this.group.templateVersion,
      newId: () => `new-${++this.#ids}`,
    })
    const live = this.group.instances.filter(isLive)
    this.seen.push({
      healthy: live.filter(isHealthy).length,
      live: live.length,
      second: live.filter(({ templateVersion }) => templateVersion === '2').length,
      status: this.group.refreshes[0]?.status ?? '',
    })
  }

  #machines(): Map<string, MachineState> {
    return new Map(this.group.instances.map((instance) => [instance.id, this.#machine(instance)]))
  }

  #machine({ id, templateVersion, lifecycle, isReady }: FleetInstance): MachineState {
    const age = (this.#ages.get(id) ?? 0) + 1
    this.#ages.set(id, age)
    if (lifecycle === 'Terminating') return 'ended'
    if (id.startsWith('old-')) return isReady ? 'ready' : 'not ready'
    const { readyAfter, endsAfter } = this.behaviours.get(templateVersion) ?? usual
    if (endsAfter !== undefined && age > endsAfter) return 'ended'
    return readyAfter !== null && age >= readyAfter ? 'ready' : 'starting'
  }
}

export function groupOf(
  desired: number,
  changes: Partial<FleetGroup> = {},
  instance: (i: number) => Partial<FleetInstance> = () => ({}),
): FleetGroup {
  const zones = changes.zones ?? ['a', 'b', 'c']
  return {
    name: 'gateways',
    templateId: 'lt-1',
    templateVersion: '1',
    desired,
    zones,
    tags: {},
    instances: Array.from({ length: desired }, (_, i) => ({
      id: `old-${i}`,
      zone: zones[i % zones.length] ?? '',
      templateVersion: '1',
      lifecycle: 'InService',
      isReady: true,
      isProtected: false,
      launchedMs: 0,
      ...instance(i),
    })),
    refreshes: [],
    launchFailedMs: null,
    ...changes,
  }
}
