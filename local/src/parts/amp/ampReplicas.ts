/** AMP's limits, per workspace. Its quotas page named the number of clusters until it was rewritten. */
const silentMs = 30_000
const clustersMax = 500
/** Cortex forgets a cluster without samples after 30 to 60 min. */
const forgottenMs = 1_800_000

/** AMP's answer to a write that it does not store. */
export type NotStored = { status: 202 | 400; text: string }

/**
 * The replicas of a workspace whose samples AMP stores, one for each `cluster`. They are elected as in Cortex
 * (pkg/ha/ha_tracker.go): the first one that writes, until it is silent for 30 s.
 */
export class ElectedReplicas {
  readonly #elected = new Map<string, { replica: string; wroteMs: number }>()

  /** Elects the replica if it may write. @returns null if AMP stores its samples. */
  judge(cluster: string, replica: string, nowMs: number): NotStored | null {
    const elected = this.#elected.get(cluster)
    if (elected && elected.replica !== replica && nowMs - elected.wroteMs < silentMs) {
      const text = `replicas did not match, rejecting sample: replica=${replica}, elected=${elected.replica}`
      return { status: 202, text }
    }
    if (!elected) this.#forget(nowMs)
    if (!elected && this.#elected.size >= clustersMax) {
      return { status: 400, text: `too many HA clusters (limit: ${clustersMax})` }
    }
    this.#elected.set(cluster, { replica, wroteMs: nowMs })
    return null
  }

  #forget(nowMs: number): void {
    for (const [cluster, { wroteMs }] of this.#elected) {
      if (nowMs - wroteMs >= forgottenMs) this.#elected.delete(cluster)
    }
  }
}
