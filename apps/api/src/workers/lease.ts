import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, type LeaseKey, LeaseLost, leases, type WorkerTx } from '@tickwatch/db'
import type { Logger } from 'pino'

/** Proof that only this process does the work now. It is lost if Postgres did not renew it in time. */
export type Lease = {
  /** Grows each time that a process takes the lease. */
  readonly fencing: number
  /**
   * Call it right before each call outside Postgres, and pass on the signal: it aborts when the lease is lost.
   * @throws LeaseLost
   */
  check(): AbortSignal
  /** Runs `work` in one transaction, which commits only if no other process took the lease. @throws LeaseLost */
  write<T>(work: (tx: WorkerTx) => Promise<T>): Promise<T>
}

export type Leases = {
  /** Runs `work` as soon as the lease is free. */
  hold(work: (lease: Lease) => Promise<void>): Promise<void>
  /** Runs `work` if the lease is free now, otherwise does nothing. */
  tryHold(work: (lease: Lease) => Promise<void>): Promise<void>
}

/** How often a process asks for a lease that another process holds. Work of the same process waits in memory. */
const askEveryMs = 100
/** The holder gives up when this part of the lease's time has passed without a renewal. */
const ownPart = 0.8
/** This process, for people who read the table. */
const holder = `${hostname()} ${process.pid} ${randomUUID().slice(0, 8)}`

/**
 * The lease `name`. If a process is killed while it holds the lease, others wait at most `forMs`. The holder renews it
 * every quarter of that time, and gives up before it expires in Postgres: a request that the signal aborted must not
 * still be on its way when the next holder begins.
 * @param ending aborts the wait for other processes.
 */
export function createLeases(
  db: Database,
  about: { name: string; forMs: number },
  ending: AbortSignal,
  log: Logger,
): Leases {
  const { name, forMs } = about
  let last: Promise<void> = Promise.resolve()
  let queued = 0

  function inTurn(work: () => Promise<void>): Promise<void> {
    queued += 1
    const turn = last.then(work).finally(() => {
      queued -= 1
    })
    last = turn.catch(() => {})
    return turn
  }

  async function attempt(work: (lease: Lease) => Promise<void>): Promise<boolean> {
    const askedAtMs = performance.now()
    const fencing = await db.worker((tx) => leases.acquire(tx, name, holder, forMs))
    if (fencing === null) return false
    await workUnder(fencing, askedAtMs, work)
    return true
  }

  async function workUnder(fencing: number, askedAtMs: number, work: (lease: Lease) => Promise<void>): Promise<void> {
    const key = { name, fencing }
    const renewal = keepRenewed(db, key, forMs, askedAtMs, log)
    const write: Lease['write'] = async (change) => {
      renewal.check()
      return db.worker(async (tx) => {
        await leases.fence(tx, key)
        return change(tx)
      })
    }
    try {
      await work({ fencing, check: renewal.check, write })
    } catch (error) {
      const lost = renewal.lost()
      // A call that the signal aborted says only that; the lost lease is the reason.
      if (lost && lost !== error) lost.cause = error
      throw lost ?? error
    } finally {
      renewal.end()
      await db
        .worker((tx) => leases.release(tx, key))
        .catch((err: unknown) => log.debug({ err, lease: name }, 'a lease was not released, it will expire'))
    }
  }

  return {
    hold: (work) =>
      inTurn(async () => {
        while (!(await attempt(work))) await sleep(askEveryMs, undefined, { signal: ending })
      }),
    async tryHold(work) {
      if (queued === 0) await inTurn(async () => void (await attempt(work)))
    },
  }
}

/** Renews a lease until `end`. Postgres sets the expiry after the request, so the holder counts from the request. */
function keepRenewed(db: Database, key: LeaseKey, forMs: number, askedAtMs: number, log: Logger) {
  const held = new AbortController()
  let lost: LeaseLost | null = null
  let untilMs = 0
  let deadline: NodeJS.Timeout

  function lose(why: string): void {
    if (held.signal.aborted) return
    lost = new LeaseLost(`the lease ${key.name} was lost: ${why}`)
    end(lost)
  }
  function holdOn(fromMs: number): void {
    if (held.signal.aborted) return
    untilMs = Math.max(untilMs, fromMs + forMs * ownPart)
    clearTimeout(deadline)
    deadline = setTimeout(lose, untilMs - performance.now(), 'Postgres did not renew it in time')
  }
  async function renew(): Promise<void> {
    const fromMs = performance.now()
    if (await db.worker((tx) => leases.renew(tx, key, forMs))) holdOn(fromMs)
    else lose('it expired, or another process took it')
  }
  const renewing = setInterval(() => {
    // The deadline stays, and the next renewal may succeed.
    renew().catch((err: unknown) => log.debug({ err, lease: key.name }, 'a lease was not renewed'))
  }, forMs / 4)
  holdOn(askedAtMs)

  function end(reason = new LeaseLost(`the work under the lease ${key.name} has ended`)): void {
    clearInterval(renewing)
    clearTimeout(deadline)
    held.abort(reason)
  }
  return {
    lost: () => lost,
    check(): AbortSignal {
      // No timer fires while the process is stopped, or busy in one long step.
      if (performance.now() > untilMs) lose('this process was stopped or busy for too long')
      held.signal.throwIfAborted()
      return held.signal
    },
    end: () => end(),
  }
}
