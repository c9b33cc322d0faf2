/** Envoy closes new connections above 4,000. More are kept, because it does not say which ended. */
const connectionsKept = 8_192

/** Recognises the first request of each connection, so that its handshake is counted once. */
export class Connections {
  /** Those whose last request is longest ago are first. */
  readonly #seen = new Set<string>()

  isNew(connection: string): boolean {
    const isKnown = this.#seen.delete(connection)
    this.#seen.add(connection)
    if (this.#seen.size > connectionsKept) {
      const [oldest = ''] = this.#seen
      this.#seen.delete(oldest)
    }
    return !isKnown
  }
}
