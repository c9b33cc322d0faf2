import type { Database } from '@tickwatch/db'
import type { Logger } from 'pino'
import type { Outside } from '../../outside.ts'
import type { ChangeFeed } from '../../shared/changeFeed.ts'
import type { FairSlots } from '../../shared/fairSlots.ts'
import { inTurn } from '../../shared/storageAnswers.ts'
import type { Jobs } from '../../workers/registry.ts'
import type { ImageService } from '../image/image.service.ts'
import type { NotificationQueue } from '../notification/queue.ts'
import { createPreflight } from './facts.ts'
import { type GroupsOf, keptByRegion } from './groups.ts'
import { createJudging } from './judging.ts'
import { createRolloutJobs } from './rollout.jobs.ts'
import { createRolloutService, type RolloutService } from './rollout.service.ts'
import { createTargets, type Targets } from './targets.ts'

/** The service of rollouts and the job that follows them, and how they ask AWS about which groups. */
export function createRollouts(parts: {
  db: Database
  feed: ChangeFeed
  image: ImageService
  queue: NotificationQueue
  slots: FairSlots
  outside: Pick<Outside, 'amis' | 'amp' | 'alarms' | 'rolloutGroups'>
  targetsFile: string
  /** The ring of the first wave. */
  canaryRing: string
  ending: AbortSignal
  log: Logger
}): { service: RolloutService; jobs: Jobs<never>; targets: () => Promise<Targets>; groupsOf: GroupsOf } {
  const { db, feed, image, queue, slots, outside, canaryRing, ending, log } = parts
  const { amis, amp, alarms } = outside
  const groupsOf = keptByRegion(outside.rolloutGroups)
  const preflight = createPreflight({ db, image, amis, alarms })
  const targets = createTargets(parts.targetsFile, log)
  return {
    ...{ targets, groupsOf },
    service: createRolloutService({
      ...{ db, feed, image, groupsOf, preflight, targets, canaryRing },
      storage: inTurn(slots, 'charts of rollouts', amp),
    }),
    jobs: createRolloutJobs({
      ...{ db, groupsOf, preflight, queue, ending, log, now: Date.now, sinceMs: Date.now() },
      judging: createJudging(inTurn(slots, 'the judge of rollouts', amp)),
    }),
  }
}
