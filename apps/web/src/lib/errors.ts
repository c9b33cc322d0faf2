/** What an error of the API says to a person. */
export type Fault = {
  /** One sentence, ready to show. */
  sentence: string
  /** Stable, kebab-case: `quota-conflict`; `unreachable` when no answer came. */
  code: string
  /** To quote to the platform team; null when the request never reached the API. */
  requestId: string | null
  notFound: boolean
}

/** A session that can't be renewed now must not lead to a sign-in that can't work either: the page stays. */
export const issuerAway = {
  code: 'issuer-unavailable',
  sentence: 'The sign-in service does not answer. Your session goes on when it is back.',
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null
const text = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null)

/** No answer came, so whatever was asked may have been done all the same. */
export const isUnanswered = ({ code }: Fault): boolean =>
  /unreachable$|^(timeout|gateway_timeout|bad_gateway)$/i.test(code)

/**
 * Reads an error of the tRPC client, whose `data.tickwatch` carries `{code, requestId}`. Where the API did not answer (the
 * network, a proxy's page), the error's own text is for developers and stays out of the sentence.
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
  return {
    sentence: text(isRecord(error) ? error.message : null) ?? 'The API refused without saying why.',
    code: text(own?.code) ?? text(data.code) ?? 'unknown',
    requestId: text(own?.requestId),
    notFound: data.code === 'NOT_FOUND',
  }
}
