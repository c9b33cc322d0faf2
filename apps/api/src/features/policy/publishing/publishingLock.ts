import { type Database, policyVersions } from '@tickwatch/db'

/**
 * Postgres ends the lock's transaction after 120 s, whatever the work does then. A call of AWS takes 16 s at most with its
 * retries, so the last one that begins within this time ends while the lock still stands.
 */
const awsWithinMs = 90_000

export type PublishingLock = {
  /** Runs `work` as soon as nobody else publishes, promotes or reconciles. */
  hold(work: () => Promise<void>): Promise<void>
  /** The same, but nothing when someone else does. */
  tryHold(work: () => Promise<void>): Promise<void>
  /**
   * An adapter of AWS that answers under the lock only. Once too little time is left, each call throws; the work goes on
   * from the state in Postgres when it is tried again.
   */
  under<Adapter extends object>(adapter: Adapter): Adapter
}

export function createPublishingLock(db: Database): PublishingLock {
  let untilMs = 0
  const hold = (lock: (tx: Parameters<typeof policyVersions.lockPublishing>[0]) => Promise<boolean>) => {
    return (work: () => Promise<void>) =>
      db.worker(async (tx) => {
        // Waiting for the lock takes of the transaction's time too.
        const endsAtMs = performance.now() + awsWithinMs
        if (!(await lock(tx))) return
        untilMs = endsAtMs
        await work()
      })
  }
  return {
    hold: hold(async (tx) => {
      await policyVersions.lockPublishing(tx)
      return true
    }),
    tryHold: hold(policyVersions.tryLockPublishing),
    under: (adapter) =>
      new Proxy(adapter, {
        get(target, name) {
          if (performance.now() > untilMs) throw new Error('publishing took too long: AWS answers too slowly')
          return Reflect.get(target, name)
        },
      }),
  }
}
