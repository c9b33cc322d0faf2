import { type ChangeRequest, gateways, type PlatformTx, quotas, tenants, usage } from '@tickwatch/db'
import { type Envelope, type LimitName, resolveLimits } from '@tickwatch/policy'
import { notFound } from '../../shared/errors.ts'
import { liveSince } from '../gateway/liveSince.ts'
import { refusedOf, usedOf } from '../usage/usage.calculations.ts'
import { fleetAfter } from './changeRequest.rules.ts'

const totalled = 'ingest.samplesPerSecond' satisfies LimitName

/**
 * What an approver needs: the tenant's use of the limits, the sum of all tenants' limits, and the fleet's load.
 * @param capacity samples/s that the platform carries; null if that is not known.
 */
export async function readImpact(tx: PlatformTx, asked: ChangeRequest, capacity: number | null) {
  const tenant = await tenants.byId(tx, asked.tenantId)
  if (!tenant) throw notFound('tenant')
  const envelope: Envelope = tenant.envelope
  const heartbeatAfter = liveSince()
  const use = await usage.now(tx, asked.tenantId, heartbeatAfter)
  const defaults = resolveLimits({}, await tenants.platformDefaults(tx))
  const promised = await quotas.fleetTotal(tx, totalled, defaults[totalled])
  return {
    envelope,
    use: asked.changes.map(({ limit }) => ({
      limit,
      used: usedOf(use, limit),
      refusedPerSecond: refusedOf(use, limit),
    })),
    fleetTotal: {
      before: promised,
      // If the request was applied, the total already contains it.
      after: asked.state === 'pending' ? fleetAfter(promised, asked.changes, totalled) : promised,
      used: await gateways.samplesPerSecond(tx, heartbeatAfter),
      capacity,
    },
  }
}
