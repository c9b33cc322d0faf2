import type { RefusalReason } from '@tickwatch/policy'
import type { RefusalText } from '../server/answers.ts'

/** A request that the gateway refuses as a whole. */
export class WriteRefused extends Error {
  override name = 'WriteRefused'
  readonly status: number
  readonly reason: RefusalReason
  readonly text: RefusalText
  /** Samples in the request. 1 if it was refused before it was read, so that metrics show it. */
  readonly samples: number
  readonly retryAfterSeconds: number | null

  constructor(
    status: number,
    reason: RefusalReason,
    text: RefusalText,
    samples = 1,
    retryAfterSeconds: number | null = null,
  ) {
    super(text.detail)
    this.status = status
    this.reason = reason
    this.text = text
    this.samples = samples
    this.retryAfterSeconds = retryAfterSeconds
  }
}

export const suspended = (tenantId: string) =>
  new WriteRefused(403, 'suspended', {
    detail: `tenant ${tenantId} is suspended`,
    limit: 'no writes',
    remedy: 'ask the platform team',
  })

export const malformed = (detail: string, status: 400 | 415 = 400) =>
  new WriteRefused(status, 'malformed', {
    detail,
    limit: 'snappy-compressed remote write 1.0 or 2.0',
    remedy: 'configure the sender as a Prometheus remote-write client',
  })

export const tooLarge = (bytesMax: number) =>
  new WriteRefused(413, 'request-bytes', {
    detail: 'the request is too large',
    limit: `${bytesMax} bytes`,
    remedy: 'send smaller batches',
  })

export const requestsTooFast = (requestsPerSecond: number, seconds: number) =>
  new WriteRefused(
    429,
    'request-rate',
    {
      detail: 'too many requests per second',
      limit: `${requestsPerSecond} requests/s`,
      remedy: `send larger batches; retry after ${seconds} s`,
    },
    1,
    seconds,
  )

export const tooManyInFlight = (bytesMax: number) =>
  new WriteRefused(
    429,
    'in-flight',
    {
      detail: 'too many requests are in flight at the same time',
      limit: `${bytesMax} bytes in flight`,
      remedy: 'send fewer requests at the same time, or smaller batches; retry after 1 s',
    },
    1,
    1,
  )

export const overBurst = (samples: number, burstSamples: number) =>
  new WriteRefused(
    413,
    'burst',
    {
      detail: `the request holds ${samples} samples`,
      limit: `${burstSamples} samples per request`,
      remedy: 'send smaller batches',
    },
    samples,
  )

/** @param tokens that the request needs from the bucket: its exemplars and metadata count too. */
export const samplesTooFast = (samples: number, tokens: number, samplesPerSecond: number, seconds: number) =>
  new WriteRefused(
    429,
    'rate',
    {
      detail: `${tokens} ${tokens === samples ? 'samples' : 'samples, exemplars and metadata entries'} are more than the limit allows now`,
      limit: `${samplesPerSecond} samples/s`,
      remedy: `retry after ${seconds} s, or raise the limit in the portal`,
    },
    samples,
    seconds,
  )

/** New series came while this gateway waits for its share of the series limit, which it gets within a second. */
export const seriesShareMissing = (samples: number, seriesMax: number) =>
  new WriteRefused(
    429,
    'active-series',
    {
      detail: 'this gateway waits for its share of the active series',
      limit: `${seriesMax} active series`,
      remedy: 'retry after 1 s',
    },
    samples,
    1,
  )
