/**
 * What became of one request of a probe.
 * - `ok`: written, or the sample was read.
 * - `missing`: the query was answered, without the sample.
 * - `away`: Envoy itself answered, because there is no such gateway or it is not ready.
 * - `failed`: any other answer, or none.
 */
export type Attempt = { kind: 'ok' } | { kind: 'missing' | 'away' | 'failed'; why: string }

/** How probes reach a gateway. */
export type Edge = {
  /** Writes the sample of this time, in Unix milliseconds. */
  write(tenantId: string, gateway: string, sentMs: number, timeoutMs: number): Promise<Attempt>
  /** Looks for that sample. */
  read(tenantId: string, gateway: string, sentMs: number, timeoutMs: number): Promise<Attempt>
}
