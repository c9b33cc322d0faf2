import type { Wave } from '../plan/plan.ts'

/** For how long no further instance may get ready: at a checkpoint Auto Scaling itself waits. */
export const secondsMax = ({ progressSeconds, checkpointSeconds, checkpointPercents }: Wave): number =>
  progressSeconds + (checkpointPercents.length > 1 ? checkpointSeconds : 0)
