/** An error of the API, as shown to a person. */
export type Fault = {
  /** One sentence, ready to show. */
  sentence: string
  /** Stable, kebab-case: `quota-conflict`; `unreachable` when no answer came. */
  code: string
  /** For the platform team; null if the request never reached the API. */
  requestId: string | null
  notFound: boolean
  /** With code `too-many-calls`: when to try again. */
  retryAfterSeconds?: number
}

/** If the issuer is away, the page stays and shows this: a redirect to the sign-in page would fail too. */
export const issuerAway = {
  code: 'issuer-unavailable',
  sentence: 'The sign-in service does not answer. Your session continues when it is back.',
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** True if nobody knows whether the change was applied: the API did not answer, had no answer of Postgres, or failed. */
export const isUnanswered = ({ code }: Fault): boolean =>
  /unreachable$|^(database-unavailable|internal-server-error|timeout|gateway_timeout|bad_gateway)$/i.test(code)

/**
 * Reads an error of the tRPC client. Its `data.tickwatch` has `{code, requestId}`. If the API did not answer (a network
 * error, a proxy's page), the error's own message is for developers and is not shown.
 */
export function describeFault(error: unknown): Fault {
  const data = isRecord(error) && isRecord(error.data) ? error.data : null
  if (!data) {
    return {
      sentence: 'The API did not answer.',
      code: 'unreachable',
      requestId: null,
      notFound: false,
    }
  }
  const own = isRecord(data.tickwatch) ? data.tickwatch : null
  const seconds = isRecord(own?.details) ? own.details.retryAfterSeconds : null
  return {
    sentence: text(isRecord(error) ? error.message : null) ?? 'The API rejected this without a reason.',
    code: text(own?.code) ?? text(data.code) ?? 'unknown',
    requestId: text(own?.requestId),
    notFound: data.code === 'NOT_FOUND',
    ...(typeof seconds === 'number' ? { retryAfterSeconds: seconds } : {}),
  }
}
