import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, gateways, jobs } from '@tickwatch/db'

/** A gateway whose process runs sends a heartbeat at once when its connection breaks. */
const graceMs = 800

/**
 * @returns what to call when the connection on which a gateway waited for news broke. If no process of the API gets a
 *   heartbeat soon after, the gateway is recorded as lost, long before its silence would show it.
 */
export function createLostContact(db: Database) {
  const check = async (gatewayId: string) => {
    const brokeAt = new Date()
    const known = await db.platform((tx) => gateways.byId(tx, gatewayId))
    if (!known) return
    await sleep(graceMs, undefined, { ref: false })
    await db.platform(async (tx) => {
      if (await gateways.lose(tx, known, brokeAt)) await jobs.notify(tx, { kind: 'gateway', gatewayId })
    })
  }
  return (gatewayId: string): void => {
    // Without Postgres its silence shows later that it is lost.
    check(gatewayId).catch(() => {})
  }
}
