import type { Command } from '../engine/commands.ts'
import type { Observed } from '../engine/observed.ts'
import { type Group, type Instance, isActive, type Refresh } from '../plan/fleet.ts'

type Written<T> = { -readonly [K in keyof T]: T[K] }
type Running = Written<Refresh> & { bakeSeconds: number; bakedSeconds: number; autoRollback: boolean }
type Own = Omit<Written<Group>, 'refreshes' | 'instances'> & { refreshes: Running[]; instances: Written<Instance>[] }

/** How a world goes wrong. */
export type Trouble = Partial<{
  /** Groups whose instances never get ready with the candidate. */
  neverReady: readonly string[]
  /** Groups whose rollback fails. */
  rollbackFails: readonly string[]
}>

/**
 * Groups that do what a plan's commands say, one instance at a time. It knows only what the state machine needs to be tested
 * by itself; `local` has a fleet of real processes.
 */
export class World {
  readonly groups = new Map<string, Own>()
  /** The calls that had an effect, in order. */
  readonly effects: string[] = []
  readonly #trouble: Trouble

  constructor(sizes: Record<string, number>, trouble: Trouble = {}) {
    this.#trouble = trouble
    for (const [name, desired] of Object.entries(sizes)) {
      const instances = Array.from({ length: desired }, (_, i) => newInstance(`${name}-${i}`, '7', true))
      this.groups.set(name, {
        templateVersion: '7',
        imageId: 'ami-old',
        desired,
        candidateVersion: null,
        refreshes: [],
        instances,
      })
    }
  }

  observe(changes: Partial<Observed> = {}): Observed {
    const groups = new Map([...this.groups].map(([name, group]) => [name, structuredClone(group) as Group]))
    return { approval: 'approved', groups, verdict: null, blocks: [], fault: null, ...changes }
  }

  /** Makes a call. What was done already is not done again, and what AWS refuses has no effect. */
  call(command: Command): void {
    const group = this.group(command.group)
    const active = group.refreshes.find(isActive)
    switch (command.kind) {
      case 'create template version':
        if (group.candidateVersion !== null) return
        group.candidateVersion = '8'
        break
      case 'start refresh':
        if (active) return
        group.refreshes.unshift({
          id: `${command.group}-${group.refreshes.length + 1}`,
          status: 'InProgress',
          templateVersion: command.templateVersion,
          reason: null,
          bakeSeconds: command.preferences.bakeSeconds,
          bakedSeconds: 0,
          autoRollback: command.preferences.autoRollback,
        })
        break
      case 'roll back refresh':
        if (active?.id !== command.refreshId || active.status === 'RollbackInProgress') return
        active.status = 'RollbackInProgress'
        break
      case 'cancel refresh':
        if (active?.id !== command.refreshId || active.status === 'Cancelling') return
        active.status = 'Cancelling'
        break
    }
    this.effects.push(
      `${command.kind} ${command.group}${'templateVersion' in command ? ` to ${command.templateVersion}` : ''}`,
    )
  }

  /** Lets some seconds pass, in which each active refresh replaces one instance. */
  pass(seconds: number): void {
    for (const [name, group] of this.groups) {
      for (const instance of group.instances) {
        const isBad = this.#trouble.neverReady?.includes(name) && instance.templateVersion === group.candidateVersion
        instance.isReady = !isBad
        instance.lifecycle = 'InService'
      }
      const refresh = group.refreshes.find(isActive)
      if (refresh) this.#turn(name, group, refresh, seconds)
    }
  }

  group(name: string): Own {
    const group = this.groups.get(name)
    if (!group) throw new Error(`There is no group ${name}.`)
    return group
  }

  #turn(name: string, group: Own, refresh: Running, seconds: number): void {
    if (refresh.status === 'Cancelling') refresh.status = 'Cancelled'
    else if (refresh.status === 'RollbackInProgress') {
      if (this.#trouble.rollbackFails?.includes(name)) refresh.status = 'RollbackFailed'
      else if (!replaceOne(group, group.templateVersion)) refresh.status = 'RollbackSuccessful'
    } else if (refresh.status === 'InProgress') {
      const version = refresh.templateVersion ?? ''
      const waits = group.instances.some(({ templateVersion, isReady }) => templateVersion === version && !isReady)
      if (!waits && !replaceOne(group, version)) refresh.status = 'Baking'
    } else if (refresh.status === 'Baking') {
      refresh.bakedSeconds += seconds
      if (refresh.bakedSeconds < refresh.bakeSeconds) return
      refresh.status = 'Successful'
      group.templateVersion = refresh.templateVersion ?? ''
    }
  }
}

const newInstance = (id: string, templateVersion: string, isReady: boolean): Written<Instance> => ({
  id,
  zone: 'eu-central-1a',
  templateVersion,
  lifecycle: isReady ? 'InService' : 'Pending',
  isProtected: false,
  isReady,
  isSilent: false,
})

/** @returns whether there was one to replace. */
function replaceOne(group: Own, templateVersion: string): boolean {
  const at = group.instances.findIndex((instance) => instance.templateVersion !== templateVersion)
  if (at < 0) return false
  group.instances[at] = newInstance(`${group.instances[at]?.id}+`, templateVersion, false)
  return true
}
