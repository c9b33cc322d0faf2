import type { Wave } from '../plan/plan.ts'

/** A call to make. Made twice, it must do no more than once: what is seen afterwards says whether it was made. */
export type Command =
  /** CreateLaunchTemplateVersion with the candidate's AMI; `token` is its ClientToken, and names the version's rollout. */
  | { kind: 'create template version'; group: string; token: string }
  /** StartInstanceRefresh with a desired configuration of this version. */
  | { kind: 'start refresh'; group: string; templateVersion: string; preferences: Preferences }
  | { kind: 'roll back refresh'; group: string; refreshId: string }
  | { kind: 'cancel refresh'; group: string; refreshId: string }

/** All of them are always sent: the defaults of API and console differ, and a maximum of 100 is not the same as none. */
export type Preferences = {
  minHealthyPercent: number
  maxHealthyPercent: number
  checkpointPercents: readonly number[]
  checkpointSeconds: number
  bakeSeconds: number
  alarms: readonly string[]
  autoRollback: boolean
  skipMatching: boolean
  scaleInProtectedInstances: 'Wait'
  standbyInstances: 'Wait'
}

export const forwardPreferences = (wave: Wave): Preferences => ({
  minHealthyPercent: wave.minHealthyPercent,
  maxHealthyPercent: wave.maxHealthyPercent,
  checkpointPercents: wave.checkpointPercents,
  checkpointSeconds: wave.checkpointSeconds,
  bakeSeconds: wave.bakeSeconds,
  alarms: wave.alarms,
  autoRollback: true,
  skipMatching: true,
  scaleInProtectedInstances: 'Wait',
  standbyInstances: 'Wait',
})

/**
 * The way back has no stops. It has no alarms either: Auto Scaling refuses to start while one fires, and one may fire because of
 * the candidate. And it does not roll itself back, because that would lead to the candidate.
 */
export const backPreferences = (wave: Wave): Preferences => ({
  ...forwardPreferences(wave),
  checkpointPercents: [],
  checkpointSeconds: 0,
  bakeSeconds: 0,
  alarms: [],
  autoRollback: false,
})
