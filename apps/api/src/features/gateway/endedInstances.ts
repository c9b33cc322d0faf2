import type { RolloutGroups } from '@tickwatch/aws/rollout'
import { type Database, type Gateway, gateways, jobs } from '@tickwatch/db'
import type { Target } from '@tickwatch/rollout'
import type { Logger } from 'pino'
import { tryAll } from '../../shared/tryAll.ts'
import { createLeases, type Lease } from '../../workers/lease.ts'
import { toAskAbout } from './gateway.rules.ts'

export type EndedInstancesParts = {
  db: Database
  /** The groups of the deployment. */
  targets: () => Promise<readonly Pick<Target, 'region' | 'zones' | 'ring'>[]>
  /** Of one region. */
  autoScaling: (region: string) => Pick<RolloutGroups, 'members'>
  /** Aborts when the process ends. */
  ending: AbortSignal
  log: Logger
}

/** If the process that asks is killed, another one waits so long. */
const leaseMs = 10_000

/**
 * @returns what asks Auto Scaling about the gateways that are away, and records those whose instances it does not run any
 *   more. Nothing waits for such a gateway and no list shows it, until it sends a heartbeat. While all gateways report,
 *   nobody is asked. @throws AwsUnavailable, AwsRefused if a region does not answer: its gateways stay away
 */
export function createEndedInstances(parts: EndedInstancesParts): () => Promise<void> {
  const { db, targets, autoScaling, ending, log } = parts
  const processSince = new Date()
  const leases = createLeases(db, { name: 'ended-instances', forMs: leaseMs }, ending, log)

  async function askAbout(lease: Lease, region: string, away: readonly Gateway[]): Promise<void> {
    const ids = away.map(({ gatewayId }) => gatewayId)
    const members = await autoScaling(region).members(ids, lease.check())
    const gone = away.filter(({ gatewayId }) => !members.has(gatewayId))
    if (gone.length === 0) return
    await lease.write(async (tx) => {
      for (const gateway of gone) {
        const { gatewayId } = gateway
        if (!(await gateways.end(tx, gateway, new Date()))) continue
        log.info({ gatewayId, region }, 'Auto Scaling does not run the instance of a silent gateway any more')
        await jobs.notify(tx, { kind: 'gateway', gatewayId })
      }
      // As when a gateway drains: neither a newer format nor the next wave need wait for it any more.
      await jobs.enqueue(tx, { task: 'publish', payload: {}, jobKey: 'publish' })
      await jobs.enqueue(tx, { task: 'promote', payload: {}, jobKey: 'promote' })
    })
  }

  return async () => {
    const known = await targets()
    if (known.length === 0) return
    const away = toAskAbout(await db.worker((tx) => gateways.list(tx)), known, processSince, Date.now())
    if (away.size === 0) return
    // If another process asks now, it asks for all.
    await leases.tryHold((lease) => tryAll(away, ([region, of]) => askAbout(lease, region, of)))
  }
}
