import pg from 'pg'
import { describe, expect, it, vi } from 'vitest'
import { useTestDatabase } from '../../../local/src/testing/testing.ts'
import type { Change } from './job.repository.ts'
import * as jobs from './job.repository.ts'
import { jobTasks, type TaskName } from './jobTasks.ts'
import * as quotas from './quota.repository.ts'
import { createTenant, inBatches, revision, useDatabase } from './test/fixtures.ts'
import { clientOf } from './transaction.ts'

const database = useDatabase(useTestDatabase())

async function asAdmin<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.urls.admin })
  await client.connect()
  try {
    return (await client.query<Row>(sql, values)).rows
  } finally {
    await client.end()
  }
}

const waitingJobs = (key: string) =>
  asAdmin<{ identifier: string; payload: unknown }>(
    `SELECT t.identifier, j.payload FROM graphile_worker._private_jobs j
     JOIN graphile_worker._private_tasks t ON t.id = j.task_id WHERE j.key = $1`,
    [key],
  )

describe('transactions', () => {
  it('of many tenants at once on one pool never see each other', async () => {
    const { db } = database
    const ids = Array.from({ length: 20 }, (_, i) => `tenant-${i + 10}`)
    for (const id of ids) await createTenant(db, id)
    const seen = await inBatches(400, async (i) => {
      if (i % 7 === 0) return [`all ${await db.platform((tx) => clientOf(tx).tenant.count())}`, 'all 22']
      const id = ids[i % ids.length] as string
      return db
        .tenant(id, async (tx) => {
          const before = await clientOf(tx).tenant.findMany({ select: { id: true } })
          // Some fail half way. Their connections must not keep the tenant.
          if (i % 11 === 0) throw new Error('half way')
          await clientOf(tx).$executeRaw`SELECT pg_sleep(0.001)`
          const after = await clientOf(tx).tenant.findMany({ select: { id: true } })
          return [[...before, ...after].map((row) => row.id).join(), `${id},${id}`]
        })
        .catch((error: Error) => [error.message, 'half way'])
    })
    for (const transaction of seen) {
      const [got, expected] = transaction.status === 'fulfilled' ? transaction.value : [transaction.reason, '']
      expect(got).toBe(expected)
    }
  })

  it('use UTC', async () => {
    const at = new Date('2026-07-01T12:34:56.789Z')
    const back = await database.db.platform(
      (tx) => clientOf(tx).$queryRaw<{ at: Date }[]>`SELECT ${at}::timestamptz AS at`,
    )
    expect(back).toEqual([{ at }])
  })

  it('end with their handle: a handle that is used later is rejected', async () => {
    const { db } = database
    const leaked = await db.tenant('acme', async (tx) => ({ tx }))
    await expect(quotas.head(leaked.tx, 'acme')).rejects.toThrow()
  })

  it('answer a ping', async () => {
    await database.db.ping()
  })
})

describe('the outbox', () => {
  it('has the job of a committed change', async () => {
    await database.db.tenant('acme', async (tx) => {
      await quotas.append(tx, revision())
      await jobs.enqueue(tx, { task: 'publish', payload: { because: 'quota' }, jobKey: 'committed' })
    })
    expect(await waitingJobs('committed')).toEqual([{ identifier: 'publish', payload: { because: 'quota' } }])
  })

  it('has no job without its change, and no change without its job', async () => {
    const { db } = database
    const before = await db.platform((tx) => quotas.head(tx, 'globex'))
    await expect(
      db.tenant('globex', async (tx) => {
        await quotas.append(tx, revision({ tenantId: 'globex' }))
        await jobs.enqueue(tx, { task: 'publish', payload: {}, jobKey: 'rolled-back' })
        throw new Error('the request failed')
      }),
    ).rejects.toThrow('the request failed')
    expect(await waitingJobs('rolled-back')).toEqual([])
    expect(await db.platform((tx) => quotas.head(tx, 'globex'))).toEqual(before)
  })

  it('makes one job of a burst with the same key', async () => {
    for (let i = 0; i < 5; i++) {
      await database.db.tenant('acme', (tx) =>
        jobs.enqueue(tx, { task: 'publish', payload: { i }, jobKey: 'burst', runAt: new Date(Date.now() + 60_000) }),
      )
    }
    expect(await waitingJobs('burst')).toEqual([{ identifier: 'publish', payload: { i: 4 } }])
  })

  it('accepts each task only from the roles that may enqueue it', async () => {
    const { db } = database
    for (const task of Object.keys(jobTasks) as TaskName[]) {
      const job = { task, payload: {} }
      const enqueued = await Promise.allSettled([
        db.tenant('acme', (tx) => jobs.enqueue(tx, job)),
        db.platform((tx) => jobs.enqueue(tx, job)),
        db.worker((tx) => jobs.enqueue(tx, job)),
      ])
      const taken = (['tenant', 'platform', 'worker'] as const).filter(
        (_role, i) => enqueued[i]?.status === 'fulfilled',
      )
      expect(taken, task).toEqual(jobTasks[task])
      for (const outcome of enqueued) {
        if (outcome.status === 'rejected') expect(outcome.reason.message).toContain(`${task} may not be enqueued by`)
      }
    }
  })

  it('rejects a task that nobody registered', async () => {
    const enqueue = "SELECT public.enqueue_job('rm', '{}', NULL, NULL)"
    await expect(database.db.platform((tx) => clientOf(tx).$queryRawUnsafe(enqueue))).rejects.toThrow(
      'there is no task rm',
    )
  })
})

describe('listening', () => {
  it('reports a change when it is committed, but not one that is rolled back', async () => {
    const { db } = database
    const heard: Change[] = []
    const stop = await db.listen((change) => heard.push(change))
    await db
      .tenant('acme', async (tx) => {
        await jobs.notify(tx, { kind: 'tenant', tenantId: 'acme' })
        throw new Error('rolled back')
      })
      .catch(() => {})
    await db.tenant('acme', (tx) => jobs.notify(tx, { kind: 'quota', tenantId: 'acme' }))
    await vi.waitFor(() => expect(heard).toEqual([{ kind: 'quota', tenantId: 'acme' }]))
    await stop()
    await db.tenant('acme', (tx) => jobs.notify(tx, { kind: 'quota', tenantId: 'acme' }))
    expect(heard).toHaveLength(1)
  })

  it('reconnects after its connection was cut, and reports that it may have missed changes', async () => {
    const { db } = database
    const heard: Change[] = []
    const alsoHeard: Change[] = []
    const stops = [await db.listen((change) => heard.push(change)), await db.listen((change) => alsoHeard.push(change))]
    const cut = () =>
      asAdmin<{ cut: boolean }>(
        `SELECT pg_terminate_backend(pid) AS cut FROM pg_stat_activity
         WHERE application_name = 'tickwatch-listen' AND datname = current_database()`,
      )
    for (let round = 1; round <= 2; round++) {
      // Both listeners share one connection.
      expect(await cut()).toEqual([{ cut: true }])
      await vi.waitFor(() => expect(heard.filter(({ kind }) => kind === 'resync')).toHaveLength(round), 5_000)
    }
    await db.platform((tx) => jobs.notify(tx, { kind: 'policy', version: 7 }))
    await vi.waitFor(() => expect(heard.at(-1)).toEqual({ kind: 'policy', version: 7 }))
    expect(alsoHeard).toEqual(heard)
    for (const stop of stops) await stop()
    await vi.waitFor(async () => expect(await cut()).toEqual([]))
  })
})
