/** AWS was unreachable, timed out, throttled or failed internally. The request is right: retry it later. */
export class AwsUnavailable extends Error {
  override name = 'AwsUnavailable'
  /** AWS's name for the fault, such as `ThrottlingException`. Null if AWS did not answer. */
  readonly code: string | null

  constructor(message: string, { code = null, ...options }: ErrorOptions & { code?: string | null } = {}) {
    super(message, options)
    this.code = code
  }
}

/** AWS refused the request. The same request would be refused again. */
export class AwsRefused extends Error {
  override name = 'AwsRefused'
  /** AWS's name for the fault, such as `AccessDeniedException`. */
  readonly code: string

  constructor(message: string, code: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

type ServiceFault = Error & { $fault: 'client' | 'server'; $metadata?: { httpStatusCode?: number } }

const isServiceFault = (cause: unknown): cause is ServiceFault => cause instanceof Error && '$fault' in cause

/** 408, 429 and 5xx, and the throttles that some services send as 400. */
const isTransient = (fault: ServiceFault): boolean => {
  const status = fault.$metadata?.httpStatusCode ?? 0
  return (
    fault.$fault === 'server' ||
    status === 408 ||
    status === 429 ||
    status >= 500 ||
    /Throttl|TooManyUpdates|SlowDown|RequestLimitExceeded|ConditionalRequestConflict/.test(fault.name)
  )
}

/**
 * Turns the error of an SDK call into one of our two errors, with the original as its cause.
 * @param doing the call, as the start of the message: `SSM GetParameter /a/b`
 */
export function asAwsError(doing: string, cause: unknown): AwsUnavailable | AwsRefused {
  if (cause instanceof AwsUnavailable || cause instanceof AwsRefused) return cause
  if (isServiceFault(cause) && !isTransient(cause)) {
    return new AwsRefused(`${doing} was refused: ${cause.name}: ${cause.message}`, cause.name, { cause })
  }
  const why = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause)
  return new AwsUnavailable(`${doing} failed: ${why}`, { cause, code: isServiceFault(cause) ? cause.name : null })
}
