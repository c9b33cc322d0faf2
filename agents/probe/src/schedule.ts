/** A tenant's probe: the tenant's index, and that of the gateway that its write goes through. */
export type Turn = { tenant: number; gateway: number }

/**
 * Spreads the probes of a round evenly over the interval, so that each tenant is probed once in it. In each round a tenant's
 * probe goes through the next gateway: a pair of tenant and gateway is probed every (interval × gateways).
 */
export class Schedule {
  readonly #tenants: number
  readonly #intervalMs: number
  /** The number of the next probe since the start. */
  #next = 0

  constructor(tenants: number, intervalMs: number) {
    this.#tenants = tenants
    this.#intervalMs = intervalMs
  }

  /**
   * The probes that are due and were not returned before. After a pause each tenant is due at most once.
   * @param sinceStartMs never goes back
   */
  due(sinceStartMs: number): Turn[] {
    const tenants = this.#tenants
    if (tenants === 0) return []
    const end = Math.floor((sinceStartMs * tenants) / this.#intervalMs) + 1
    const turns: Turn[] = []
    for (let at = Math.max(this.#next, end - tenants); at < end; at++) {
      const tenant = at % tenants
      turns.push({ tenant, gateway: tenant + Math.floor(at / tenants) })
    }
    this.#next = Math.max(this.#next, end)
    return turns
  }
}
