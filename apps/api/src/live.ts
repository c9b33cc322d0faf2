import type { Caller } from './auth/caller.ts'
import { asDomainError, DomainError } from './shared/errors.ts'
import { toTrpcError } from './trpc.ts'

/** A longer timer would fire at once. */
const timerMsMax = 2 ** 31 - 1
const rightsEveryMs = 3_000

/**
 * Runs a live view for as long as its caller's token holds and its rights last. Each view yields the whole present state
 * first and again when it moves, so a client that comes back needs no event ids to resume from.
 *
 * The end is an AbortError, not a return: after tRPC's `return` event a client never reconnects, after an aborted
 * response EventSource comes back, through the web server, with a fresh token.
 */
export async function* whileAllowed<T>(
  { caller, checkRights }: { caller: Caller; checkRights(): Promise<void> },
  signal: AbortSignal | undefined,
  view: (life: AbortSignal) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const expiry = AbortSignal.timeout(Math.min(Math.max(0, caller.expiresAtMs - Date.now()), timerMsMax))
  const lost = new AbortController()
  const life = AbortSignal.any([expiry, lost.signal, ...(signal ? [signal] : [])])
  const checks = setInterval(() => {
    // Who can't be asked took nothing away.
    checkRights().catch((error: unknown) => isUnavailable(error) || lost.abort())
  }, rightsEveryMs)
  try {
    yield* view(life)
  } catch (error) {
    if (!life.aborted) throw toTrpcError(error)
  } finally {
    clearInterval(checks)
  }
  // Nobody waits for the answer once the client is gone: a throw then would end the process as unhandled.
  if (signal?.aborted) return
  throw new DOMException('the stream ends with its token or its rights', 'AbortError')
}

function isUnavailable(error: unknown): boolean {
  const cause = asDomainError(error)
  return cause instanceof DomainError && cause.kind === 'unavailable'
}
