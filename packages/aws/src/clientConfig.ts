/**
 * The configuration of every SDK client. Region, credentials and endpoints are not in it: the SDK reads `AWS_REGION`,
 * the default credential chain and `AWS_ENDPOINT_URL[_<SERVICE>]` itself. It keeps connections alive by default.
 */
export const clientConfig = {
  maxAttempts: 3,
  retryMode: 'standard',
  // Three attempts of at most 5 s: a caller waits at most about 16 s.
  requestHandler: {
    connectionTimeout: 2_000,
    requestTimeout: 5_000,
    socketTimeout: 5_000,
    throwOnRequestTimeout: true,
  },
} as const

/** Ends a call when `signal` aborts, even if retries are left: the caller may no longer be allowed to continue. */
export const endedBy = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {})
