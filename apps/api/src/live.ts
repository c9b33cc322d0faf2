import type { Caller } from './auth/caller.ts'
import { asDomainError, DomainError } from './shared/errors.ts'
import { toTrpcError } from './trpc.ts'

/** The longest timer of Node.js, in milliseconds: a longer one fires at once. */
const timerMsMax = 2 ** 31 - 1
const rightsEveryMs = 3_000

/**
 * Runs a live view until its caller's token expires or a right is revoked. A view yields the whole state at once and
 * again after each change, so a client that reconnects needs no event ids.
 *
 * It ends with an AbortError, not a return: after tRPC's `return` event a client never reconnects. After an aborted
 * response EventSource reconnects through the web server, which sends a fresh token.
 */
export async function* whileAllowed<T>(
  { caller, checkRights, openStream }: { caller: Caller; checkRights(): Promise<void>; openStream(): () => void },
  signal: AbortSignal | undefined,
  view: (life: AbortSignal) => AsyncGenerator<T>,
): AsyncGenerator<T> {
  const expiry = AbortSignal.timeout(Math.min(Math.max(0, caller.expiresAtMs - Date.now()), timerMsMax))
  const lost = new AbortController()
  const life = AbortSignal.any([expiry, lost.signal, ...(signal ? [signal] : [])])
  const checks = setInterval(() => {
    // If the check itself is unavailable, keep the stream: no right was revoked.
    checkRights().catch((error: unknown) => isUnavailable(error) || lost.abort())
  }, rightsEveryMs)
  let close = () => {}
  try {
    close = openStream()
    yield* view(life)
  } catch (error) {
    if (!life.aborted) throw toTrpcError(error)
  } finally {
    clearInterval(checks)
    close()
  }
  // Once the client is gone, nobody awaits this generator: the error would be unhandled and end the process.
  if (signal?.aborted) return
  throw new DOMException('the token expired or a right was revoked', 'AbortError')
}

function isUnavailable(error: unknown): boolean {
  const cause = asDomainError(error)
  return cause instanceof DomainError && cause.kind === 'unavailable'
}
