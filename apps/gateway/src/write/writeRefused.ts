import type { RefusalReason } from '@tickwatch/policy'
import type { RefusalText } from '../server/answers.ts'

/** A whole request that is not written. */
export class WriteRefused extends Error {
  override name = 'WriteRefused'
  readonly status: number
  readonly reason: RefusalReason
  readonly text: RefusalText
  /** Samples that it held; 1 where it was refused unread, so that it shows. */
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
      detail: 'requests come too fast',
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
      detail: 'too many requests are under way at the same time',
      limit: `${bytesMax} bytes under way`,
      remedy: 'send from fewer places at a time, or smaller batches; retry after 1 s',
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
      limit: `${burstSamples} samples a request`,
      remedy: 'send smaller batches',
    },
    samples,
  )

/** @param tokens what the request would have taken from the bucket: its exemplars and metadata count too. */
export const samplesTooFast = (samples: number, tokens: number, samplesPerSecond: number, seconds: number) =>
  new WriteRefused(
    429,
    'rate',
    {
      detail: `${tokens} ${tokens === samples ? 'samples' : 'samples, exemplars and metadata entries'} are more than is left`,
      limit: `${samplesPerSecond} samples/s`,
      remedy: `retry after ${seconds} s, or raise the limit in the portal`,
    },
    samples,
    seconds,
  )

/** New series while this gateway's share of the series limit is on its way: by the next second it is known. */
export const seriesShareMissing = (samples: number, seriesMax: number) =>
  new WriteRefused(
    429,
    'active-series',
    {
      detail: 'room for new series is being handed out',
      limit: `${seriesMax} active series`,
      remedy: 'retry after 1 s',
    },
    samples,
    1,
  )
