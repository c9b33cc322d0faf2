import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Database, type LeaseKey, LeaseLost, leases, type WorkerTx } from '@tickwatch/db'
import type { Logger } from 'pino'

/**
 * Shows that this process alone does the work now. It is lost when it could not be renewed in time, and ends with the
 * work.
 */
export type Lease = {
  /** Grows each time that someone takes the lease. */
  readonly fencing: number
  /**
   * To be asked right before each call outside Postgres, which takes the signal: it ends a slow call with the lease.
   * @throws LeaseLost
   */
  check(): AbortSignal
  /** Runs `work` in one transaction, which commits only if nobody took the lease over. @throws LeaseLost */
  write<T>(work: (tx: WorkerTx) => Promise<T>): Promise<T>
}

export type Leases = {
  /** Runs `work` as soon as nobody else holds the lease. */
  hold(work: (lease: Lease) => Promise<void>): Promise<void>
  /** The same, but nothing when someone else holds it. */
  tryHold(work: (lease: Lease) => Promise<void>): Promise<void>
}

/** How often a process asks for a lease that another one holds. Its own work waits in memory. */
const askEveryMs = 100
const holder = `${hostname()} ${process.pid} ${randomUUID().slice(0, 8)}`

/**
 * The lease `name`. Others wait for `forMs` at most for a process that was killed while it held it. It is renewed four
 * times in that; and given up by its holder a fifth before Postgres would give it to another, so that a request which the
 * signal ended is no longer on its way.
 * @param ending ends the waiting for other processes.
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
      // A call that the signal ended says only that it was aborted.
      if (lost && lost !== error) lost.cause = error
      throw lost ?? error
    } finally {
      renewal.end()
      await db
        .worker((tx) => leases.release(tx, key))
        .catch((err: unknown) => log.debug({ err, lease: name }, 'not given back, it expires by itself'))
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

/** Renews a lease until `end`. What Postgres was asked at a moment, it did later: the holder counts from its asking. */
function keepRenewed(db: Database, key: LeaseKey, forMs: number, askedAtMs: number, log: Logger) {
  const over = new AbortController()
  let lost: LeaseLost | null = null
  let untilMs = 0
  let deadline: NodeJS.Timeout

  function lose(why: string): void {
    if (over.signal.aborted) return
    lost = new LeaseLost(`the lease ${key.name} was lost: ${why}`)
    end(lost)
  }
  function holdOn(fromMs: number): void {
    if (over.signal.aborted) return
    untilMs = Math.max(untilMs, fromMs + forMs * 0.8)
    clearTimeout(deadline)
    deadline = setTimeout(lose, untilMs - performance.now(), 'Postgres did not renew it in time')
  }
  async function renew(): Promise<void> {
    const fromMs = performance.now()
    if (await db.worker((tx) => leases.renew(tx, key, forMs))) holdOn(fromMs)
    else lose('it expired, or another process took it')
  }
  const renewing = setInterval(() => {
    // The deadline stands, and the next renewal may do.
    renew().catch((err: unknown) => log.debug({ err, lease: key.name }, 'a lease was not renewed'))
  }, forMs / 4)
  holdOn(askedAtMs)

  function end(reason = new LeaseLost(`the work under the lease ${key.name} is over`)): void {
    clearInterval(renewing)
    clearTimeout(deadline)
    over.abort(reason)
  }
  return {
    lost: () => lost,
    check(): AbortSignal {
      // A process that stood still has had no timer.
      if (performance.now() > untilMs) lose('this process stood still for too long')
      over.signal.throwIfAborted()
      return over.signal
    },
    end: () => end(),
  }
}
