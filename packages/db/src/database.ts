import { PrismaPg } from '@prisma/adapter-pg'
import { answerWithinMs } from '@tickwatch/policy'
import { DatabaseUnavailable } from './errors.ts'
import { PrismaClient } from './generated/client.ts'
import type { Change } from './job.repository.ts'
import { createListener } from './listen.ts'
import { isUnavailable } from './prismaErrors.ts'
import { createPulse } from './pulse.ts'
import { type Client, openTx, type PlatformTx, type TenantTx, type WorkerTx } from './transaction.ts'

export type DatabaseUrls = { tenant: string; platform: string; worker: string }

export type Database = {
  /**
   * Runs `work` in one transaction that sees only this tenant's rows. Commits if `work` resolves, otherwise rolls back.
   * @throws DatabaseUnavailable, like the next two.
   */
  tenant<T>(tenantId: string, work: (tx: TenantTx) => Promise<T>): Promise<T>
  /** Runs `work` in one transaction with the platform's rights. */
  platform<T>(work: (tx: PlatformTx) => Promise<T>): Promise<T>
  /** Runs `work` in one transaction with a background worker's rights. */
  worker<T>(work: (tx: WorkerTx) => Promise<T>): Promise<T>
  /**
   * Calls `on` for each `notify` of a committed transaction, and with `resync` after the connection was lost.
   * All listeners share one connection.
   * @returns a function that stops listening.
   */
  listen(on: (change: Change) => void): Promise<() => Promise<void>>
  /** @throws if Postgres does not answer the tenant's role and the platform's role. */
  ping(): Promise<void>
  close(): Promise<void>
}

/** How many transactions of tenants can run at the same time; the others wait for a connection. */
export const tenantTransactionsMax = 10

/** How many connections each role's pool holds, and how long a statement may take or wait for a lock. */
const pools = {
  tenant: { max: tenantTransactionsMax, statementMs: 5_000, lockMs: 3_000 },
  platform: { max: 10, statementMs: 15_000, lockMs: 3_000 },
  worker: { max: 5, statementMs: 60_000, lockMs: 10_000 },
} as const

type Role = keyof typeof pools

function openPool(role: Role, url: string): PrismaClient {
  const { max, statementMs, lockMs } = pools[role]
  const adapter = new PrismaPg({
    connectionString: url,
    max,
    connectionTimeoutMillis: answerWithinMs.database,
    // A Postgres that hangs does not end its statements itself. Pages report it earlier: `pulse.ts` notices it.
    query_timeout: statementMs + 1_000,
    application_name: `tickwatch-${role}`,
    // PrismaPg drops time zone offsets, so every session uses UTC. random_page_cost is 1.1, because the data is in
    // memory or on SSD: with the default of 4 the planner scans whole tables for one page of tenants.
    options: `-c TimeZone=UTC -c random_page_cost=1.1 -c statement_timeout=${statementMs} -c lock_timeout=${lockMs} -c idle_in_transaction_session_timeout=${statementMs * 2}`,
  })
  return new PrismaClient({
    adapter,
    transactionOptions: { maxWait: answerWithinMs.database, timeout: statementMs * 2 },
  })
}

/** Opens the pools of the three roles. They connect when they are first used. */
export function openDatabase(urls: DatabaseUrls): Database {
  const clients = {
    tenant: openPool('tenant', urls.tenant),
    platform: openPool('platform', urls.platform),
    worker: openPool('worker', urls.worker),
  }
  const listener = createListener(urls.platform)
  const pulse = createPulse(urls.platform)
  const transaction = async <T>(role: Role, work: (client: Client) => Promise<T>): Promise<T> => {
    let failed = false
    const running = clients[role].$transaction(async (client) => {
      const result = await work(client)
      // The caller has got an error meanwhile, and may have tried again.
      if (failed) throw new DatabaseUnavailable('Postgres answered too late')
      return result
    })
    try {
      // Nobody waits for a worker.
      return await (role === 'worker' ? running : pulse.during(running))
    } catch (cause) {
      failed = true
      throw isUnavailable(cause) ? new DatabaseUnavailable('Postgres does not answer', { cause }) : cause
    }
  }
  return {
    tenant: (tenantId, work) =>
      transaction('tenant', async (client) => {
        await client.$executeRaw`SELECT set_config('app.tenant_id', ${tenantId}, true)`
        return work(openTx({ scope: 'tenant', tenantId }, client))
      }),
    platform: (work) => transaction('platform', (client) => work(openTx({ scope: 'platform' }, client))),
    worker: (work) => transaction('worker', (client) => work(openTx({ scope: 'worker' }, client))),
    listen: listener.listen,
    async ping() {
      await Promise.all([clients.tenant.$queryRaw`SELECT 1`, clients.platform.$queryRaw`SELECT 1`])
    },
    async close() {
      await listener.close()
      await Promise.all(Object.values(clients).map((client) => client.$disconnect()))
      await pulse.close()
    },
  }
}
