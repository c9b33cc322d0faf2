import { rollouts } from '@tickwatch/db'
import { createLeases } from '../../workers/lease.ts'
import type { Jobs } from '../../workers/registry.ts'
import { createFollow, type FollowParts } from './follow.ts'

/** If the process that follows a rollout is killed, another one waits so long. */
const leaseMs = 10_000

/** Lets each rollout that is not over go on, every few seconds. One process at a time follows a rollout. */
export function createRolloutJobs(parts: FollowParts): Jobs<never> {
  const { db, ending, log } = parts
  const follow = createFollow(parts)

  async function followOne(id: string): Promise<void> {
    const leases = createLeases(db, { name: `rollout:${id}`, forMs: leaseMs }, ending, log)
    try {
      await leases.tryHold((lease) => follow(lease, id))
    } catch (err) {
      if (ending.aborted) return
      log.warn({ err, rolloutId: id }, 'could not follow a rollout, the next tick tries again')
    }
  }

  return {
    tasks: {},
    schedules: [],
    ticks: {
      async rollouts() {
        const open = await db.worker((tx) => rollouts.open(tx))
        await Promise.all(open.map(({ id }) => followOne(id)))
      },
    },
  }
}
