import type { Change } from '@tickwatch/db'
import { newsHeldMs, type PolicyNews, type Ring } from '@tickwatch/policy'
import { createCache } from '../../shared/cached.ts'
import type { ChangeFeed } from '../../shared/changeFeed.ts'

/** One read serves all gateways that ask within this time, unless a change comes in between. */
const keptMs = 1_000

const matters = ({ kind }: Change) => kind === 'policy' || kind === 'resync'

/**
 * However many gateways wait, a change costs one read.
 * @param readVersions reads the version in each ring's manifest
 * @returns a function that waits until a ring's manifest has a newer version than `after`, at most {@link newsHeldMs},
 *   until the gateway is gone, or until this process ends.
 */
export function createPolicyNews(feed: ChangeFeed, readVersions: () => Promise<ReadonlyMap<Ring, number>>) {
  const kept = createCache<ReadonlyMap<Ring, number>>(keptMs, 1)
  feed.listen((change) => {
    if (matters(change)) kept.clear()
  })
  return async (ring: Ring, after: number, gone: AbortSignal): Promise<PolicyNews> => {
    const read = async () => (await kept.get('', readVersions)).get(ring) ?? 0
    const over = new AbortController()
    const timer = setTimeout(() => over.abort(), newsHeldMs)
    const signal = AbortSignal.any([gone, over.signal])
    try {
      for await (const version of feed.follow({ matters, read, everyMs: newsHeldMs, restMs: 0, signal })) {
        if (version > after) return { policyVersion: version }
      }
      return { policyVersion: null }
    } finally {
      clearTimeout(timer)
    }
  }
}
