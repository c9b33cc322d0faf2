import { nextStep } from '../engine/nextStep.ts'
import type { Observed } from '../engine/observed.ts'
import { type State, stateSchema } from '../engine/state.ts'
import type { Group, Instance, Refresh, RefreshStatus } from '../plan/fleet.ts'
import type { Wave } from '../plan/plan.ts'
import { planOf } from './plans.ts'

export const minute = 60_000

export const instance = (id: string, changes: Partial<Instance> = {}): Instance => ({
  id,
  zone: 'eu-central-1a',
  templateVersion: '8',
  lifecycle: 'InService',
  isProtected: false,
  isReady: true,
  isSilent: false,
  ...changes,
})
/** One that the rollout has not replaced yet. */
export const oldInstance = (id: string, changes: Partial<Instance> = {}): Instance =>
  instance(id, { templateVersion: '7', ...changes })
export const refresh = (status: RefreshStatus, changes: Partial<Refresh> = {}): Refresh => ({
  id: 'refresh-1',
  status,
  templateVersion: '8',
  reason: null,
  ...changes,
})
export const groupOf = (changes: Partial<Group> = {}): Group => ({
  templateVersion: '7',
  imageId: 'ami-old',
  desired: 1,
  candidateVersion: '8',
  refreshes: [refresh('Baking')],
  instances: [instance('i-1')],
  ...changes,
})

/** The canary's wave is begun. */
export const running = (changes: Partial<State> = {}): State =>
  stateSchema.parse({ phase: 'running', previous: { canary: '7' }, ...changes })

export type Asked = {
  state?: State
  group?: Partial<Group>
  observed?: Partial<Observed>
  wave?: Partial<Wave>
  nowMs?: number
}
export function ask({ state = running(), group = {}, observed = {}, wave = {}, nowMs = 0 }: Asked) {
  const others = ['one', 'two', 'three'].map((name): [string, Group] => [
    name,
    groupOf({ candidateVersion: null, refreshes: [], instances: [instance(`${name}-1`, { templateVersion: '7' })] }),
  ])
  const groups = new Map([['canary', groupOf(group)], ...others])
  const seen: Observed = { approval: 'approved', groups, verdict: null, blocks: [], fault: null, ...observed }
  return nextStep('r-1', planOf(wave), state, seen, nowMs)
}
export const verdict = (outcome: 'pass' | 'fail' | 'inconclusive', wave = 0) => ({
  verdict: { wave, verdict: { outcome, words: `It is ${outcome}.` } },
})
