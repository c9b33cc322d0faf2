/**
 * How long the portal's processes wait for an answer, in ms. Each waits longer than those behind it, so that the process
 * next to the one that hangs gives up first and says what hangs.
 */
export const answerWithinMs = {
  /** The API for Postgres: a connection, the start of a transaction, or a sign that a statement still runs. */
  database: 3_000,
  /** The API for AMP: all attempts of one query. */
  storage: 4_000,
  /** The portal's server for the API, before it sends a page. */
  page: 5_000,
  /** The portal's server for the API, when a page in the browser asks. A statement of such a request takes at most 16 s. */
  relay: 20_000,
} as const
