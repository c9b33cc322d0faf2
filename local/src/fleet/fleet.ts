import { randomUUID } from 'node:crypto'
import { type FleetState, type Image, type LaunchTemplate, newId, newImage, versionOf } from './fleetState.ts'
import type { FleetGroup, FleetInstance, Refresh } from './model.ts'
import { cancelRefresh, type OwnTemplate, rollBackRefresh, type StartRequest, startRefresh } from './refresh/begin.ts'
import { FleetFault } from './refresh/fault.ts'
import { type MachineState, seeMachines } from './refresh/machines.ts'
import { stepGroup } from './refresh/step.ts'

/** What is launched for an instance. */
export type MachineOrder = { instance: FleetInstance; group: FleetGroup; imageId: string }

/** Runs what the fleet decides. Both calls return at once; {@link Machines.seen} says what became of it. */
export type Machines = {
  launch(order: MachineOrder): void
  /** Takes it out of the edge, and ends it. */
  terminate(id: string): void
  /** Of each that was launched, until it has ended and that was seen once. */
  seen(): Promise<ReadonlyMap<string, MachineState>>
}

export type FleetOptions = {
  state: FleetState
  machines: Machines
  /** Epoch milliseconds. */
  now: () => number
  /** Called after each change, to store it. */
  changed?: (state: FleetState) => void
}

/** Auto Scaling and EC2, as far as rollouts use them: the state of {@link FleetState} and the machines that follow it. */
export class Fleet {
  state: FleetState
  readonly #options: FleetOptions
  /** The instances that were launched in this process. */
  readonly #launched = new Set<string>()
  readonly #ending = new Set<string>()

  constructor(options: FleetOptions) {
    this.state = { ...options.state, groups: options.state.groups.map(afterRestart) }
    this.#options = options
  }

  /** Sees what runs, lets each group go on, and launches and ends what follows from that. */
  async step(): Promise<void> {
    const seen = await this.#options.machines.seen()
    const nowMs = this.#options.now()
    const before = JSON.stringify(this.state)
    this.state.groups = this.state.groups.map((group) => {
      const known = group.instances.filter(({ id }) => this.#launched.has(id))
      const states = new Map(known.map(({ id }) => [id, seen.get(id) ?? 'ended']))
      return stepGroup(seeMachines(group, states, nowMs), {
        nowMs,
        alarms: new Map(Object.entries(this.state.alarms)),
        groupVersion: this.#own(group).groupVersion,
        newId: () => newId('i'),
      })
    })
    this.#follow()
    if (JSON.stringify(this.state) !== before) this.#options.changed?.(this.state)
  }

  /** @throws FleetFault ValidationError */
  group(name: string): FleetGroup {
    const group = this.state.groups.find((each) => each.name === name)
    if (!group) {
      throw new FleetFault('ValidationError', `AutoScalingGroup name not found - AutoScalingGroup ${name} not found`)
    }
    return group
  }

  template(key: { id?: string | undefined; name?: string | undefined }): LaunchTemplate | null {
    return (
      this.state.templates.find(({ id, name }) => (key.id === undefined ? name === key.name : id === key.id)) ?? null
    )
  }

  /** The template of a group. */
  templateOf({ name, templateId }: FleetGroup): LaunchTemplate {
    const template = this.template({ id: templateId })
    if (!template) throw new Error(`The group ${name} names the launch template ${templateId}, which does not exist.`)
    return template
  }

  startRefresh(name: string, request: StartRequest): Refresh {
    const group = this.group(name)
    const made = { id: randomUUID(), nowMs: this.#options.now() }
    const alarms = new Map(Object.entries(this.state.alarms))
    const next = startRefresh(group, request, this.#own(group), alarms, made)
    this.replace(next)
    return next.refreshes[0] as Refresh
  }

  rollBackRefresh(name: string): Refresh {
    const group = this.group(name)
    const [next, refresh] = rollBackRefresh(group, this.#own(group), this.#options.now())
    this.replace(next)
    return refresh
  }

  cancelRefresh(name: string, waits: boolean): Refresh {
    const [next, refresh] = cancelRefresh(this.group(name), waits, this.#options.now())
    this.replace(next)
    return refresh
  }

  /** Puts a group in the place of the one with its name. */
  replace(group: FleetGroup): void {
    this.state.groups = this.state.groups.map((each) => (each.name === group.name ? group : each))
    this.#options.changed?.(this.state)
  }

  /**
   * Adds a version. A client token that was used before returns the version that it created.
   * @throws FleetFault IdempotentParameterMismatch if the token was used with something else
   */
  addVersion(template: LaunchTemplate, imageId: string, description: string, clientToken: string | null) {
    const before = clientToken === null ? undefined : template.versions.find((each) => each.clientToken === clientToken)
    if (before) {
      if (before.imageId === imageId && before.description === description) return before
      const message = `The client token ${clientToken} was used with other parameters.`
      throw new FleetFault('IdempotentParameterMismatch', message)
    }
    const number = (template.versions.at(-1)?.number ?? 0) + 1
    const added = { number, description, imageId, createdMs: this.#options.now(), clientToken }
    template.versions.push(added)
    this.#options.changed?.(this.state)
    return added
  }

  /** @throws FleetFault InvalidAMIName.Duplicate */
  registerImage(about: Omit<Image, 'id' | 'isAvailable'>): Image {
    const named = this.state.images.find(({ name, isAvailable }) => isAvailable && name === about.name)
    if (named) throw new FleetFault('InvalidAMIName.Duplicate', `AMI name ${about.name} is in use by AMI ${named.id}`)
    const image = newImage(about)
    this.state.images.push(image)
    this.#options.changed?.(this.state)
    return image
  }

  /** Instances of it go on, and no others are launched. @throws FleetFault InvalidAMIID.NotFound */
  deregisterImage(id: string): void {
    const image = this.state.images.find((each) => each.isAvailable && each.id === id)
    if (!image) throw new FleetFault('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`)
    image.isAvailable = false
    this.#options.changed?.(this.state)
  }

  #own(group: FleetGroup): OwnTemplate {
    const version = versionOf(this.templateOf(group), group.templateVersion)
    if (!version)
      throw new Error(`The group ${group.name} names version ${group.templateVersion}, which does not exist.`)
    return { groupVersion: String(version.number), imageId: version.imageId }
  }

  /** Launches and ends machines, so that they are what the groups say. */
  #follow(): void {
    const { machines } = this.#options
    const wanted = new Set<string>()
    for (const group of this.state.groups) {
      for (const instance of group.instances) {
        wanted.add(instance.id)
        if (instance.lifecycle === 'Terminating') {
          if (!this.#ending.has(instance.id)) machines.terminate(instance.id)
          this.#ending.add(instance.id)
          // One that was never launched has nothing to end: the next step sees that it is gone.
          this.#launched.add(instance.id)
        } else if (!this.#launched.has(instance.id)) {
          this.#launched.add(instance.id)
          const imageId = versionOf(this.templateOf(group), instance.templateVersion)?.imageId
          const image = this.state.images.find(({ id }) => id === imageId)
          // Without an image nothing runs, which the next step sees as an instance that ended.
          if (image?.isAvailable) machines.launch({ instance, group, imageId: image.id })
        }
      }
    }
    for (const id of this.#launched) {
      if (wanted.has(id)) continue
      this.#launched.delete(id)
      this.#ending.delete(id)
    }
  }
}

/** Whatever ran for a group ended with the process before; the same instances are launched again. */
const afterRestart = (group: FleetGroup): FleetGroup => ({
  ...group,
  instances: group.instances
    .filter(({ lifecycle }) => lifecycle !== 'Terminating')
    .map((instance) => ({
      ...instance,
      isReady: false,
      lifecycle: instance.lifecycle === 'InService' ? 'Pending' : instance.lifecycle,
    })),
})
