/** The gateway of one probe, and those that it left because Envoy does not send them requests. */
export class GatewayRoute {
  /** Those that were away and did not come back. */
  readonly away = new Set<string>()
  readonly #gateways: readonly string[]
  #at: number
  #tried = 1

  /** @param gateways at least one @param first the index of the one that the probe is for */
  constructor(gateways: readonly string[], first: number) {
    this.#gateways = gateways
    this.#at = first % gateways.length
  }

  get current(): string {
    return this.#gateways[this.#at] as string
  }

  /** The current one answered. */
  answered(): void {
    this.away.delete(this.current)
  }

  /**
   * The current one is away. Goes on to the next one.
   * @returns true if the next one can be tried at once; false if all were tried, so that it is time to wait
   */
  leave(): boolean {
    this.away.add(this.current)
    this.#at = (this.#at + 1) % this.#gateways.length
    if (this.#tried < this.#gateways.length) {
      this.#tried++
      return true
    }
    this.#tried = 1
    return false
  }
}
