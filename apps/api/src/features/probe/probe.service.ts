import { type Database, gateways, tenants } from '@tickwatch/db'
import type { ProbeTargets } from '@tickwatch/policy'
import { keptFor } from '../../shared/cached.ts'
import { hasEnded } from '../gateway/liveSince.ts'

export type ProbeService = {
  targets(): Promise<ProbeTargets>
}

/** Several probes ask, each every 10 s. */
const keptMs = 2_000
/**
 * A gateway without contact to the API still serves. If it is gone, Envoy says so at once, and the probe goes to another.
 */
const gatewayKeptMs = 3_600_000

export function createProbeService(db: Database): ProbeService {
  return {
    targets: keptFor(keptMs, () =>
      db.platform(async (tx) => {
        const since = Date.now() - gatewayKeptMs
        const known = (await gateways.list(tx)).filter(({ heartbeatAt }) => heartbeatAt.getTime() >= since)
        return {
          tenants: await tenants.activeIds(tx),
          gateways: known.filter((gateway) => !hasEnded(gateway)).map(({ gatewayId }) => gatewayId),
        }
      }),
    ),
  }
}
