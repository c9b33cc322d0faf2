import type { ResolvedLimits } from '@tickwatch/policy'
import { CallerGone } from '../server/requestBody.ts'
import { type QueryRefused, storageBusy, tooManyAtOnce } from './queryRefused.ts'

/**
 * A dashboard asks for all its panels at once, and most queries take far less. And when queries move to another gateway,
 * it takes up to two seconds until that gateway knows that they are gone from where they were.
 */
export const waitMs = 2_000

/** With fewer a tenant could hold all of them. */
const slotsLeast = 2

/** Who holds slots: a tenant, or all probes together. */
export type SlotHolder = {
  queriesRunning: number
  queriesWaiting: number
  readonly queriesMax: number
  readonly policy: { limits: Pick<ResolvedLimits, 'query.concurrentMax'> }
}

/** A query's slot. It is in use until both that hold it, its reader and the storage, have let go. */
export class QuerySlot {
  #holders = 0
  readonly #free: () => void

  constructor(free: () => void) {
    this.#free = free
  }

  /** @returns a function that lets go. Only its first call counts. */
  hold(): () => void {
    let holds = true
    this.#holders++
    return () => {
      if (!holds) return
      holds = false
      this.#holders--
      if (this.#holders === 0) this.#free()
    }
  }
}

/**
 * How many queries may run here at the same time: the tenant's own, and this gateway's part of what the storage runs.
 * A tenant may use at most as many slots as it leaves free, so one alone gets half, two get a third each, and a tenant
 * without queries finds a free one. The storage itself gives its slots to whoever comes first.
 */
export class QuerySlots {
  #running = 0
  readonly #max: () => number
  readonly #waiting = new Set<() => void>()

  /** @param max this gateway's part of the queries that the storage runs at the same time */
  constructor(max: () => number) {
    this.#max = max
  }

  /**
   * Waits at most two seconds for a slot.
   * @param onWait called if it has to wait: other gateways may have room
   * @param gone aborts if the reader goes away.
   * @throws QueryRefused if no slot became free. CallerGone
   */
  async take(tenant: SlotHolder, gone: AbortSignal, onWait: () => void): Promise<QuerySlot> {
    let refused = this.#fault(tenant)
    if (refused && !gone.aborted) {
      tenant.queriesWaiting++
      onWait()
      await new Promise<void>((resolve) => {
        const end = () => {
          tenant.queriesWaiting--
          clearTimeout(deadline)
          gone.removeEventListener('abort', end)
          this.#waiting.delete(look)
          resolve()
        }
        const look = () => {
          refused = this.#fault(tenant)
          if (refused) return
          // The slot is used at once, or the next one that waits would see it free.
          this.#use(tenant, 1)
          end()
        }
        const deadline = setTimeout(end, waitMs)
        gone.addEventListener('abort', end)
        this.#waiting.add(look)
      })
    } else if (!refused) this.#use(tenant, 1)
    if (refused) throw gone.aborted ? new CallerGone('the reader went away') : refused
    return new QuerySlot(() => {
      this.#use(tenant, -1)
      this.retry()
    })
  }

  /** Lets those that wait look again. */
  retry(): void {
    for (const look of [...this.#waiting]) look()
  }

  #use(tenant: SlotHolder, slots: 1 | -1): void {
    this.#running += slots
    tenant.queriesRunning += slots
  }

  /** Why the tenant may not run another query now. */
  #fault({ queriesRunning, queriesMax, policy }: SlotHolder): QueryRefused | null {
    if (queriesRunning >= queriesMax) return tooManyAtOnce(policy.limits['query.concurrentMax'])
    const max = Math.max(slotsLeast, Math.floor(this.#max()))
    return queriesRunning < max - this.#running ? null : storageBusy(this.#running, max, queriesRunning)
  }
}
