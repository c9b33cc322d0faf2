import type { RefusalReason } from '@tickwatch/policy'
import type { TooLargeAsV1 } from '@tickwatch/remote-write'
import type { RefusalText, RequestReason } from '../server/answers.ts'

/** A request that the gateway refuses as a whole. */
export class WriteRefused extends Error {
  override name = 'WriteRefused'
  readonly status: number
  readonly reason: RefusalReason
  readonly text: RefusalText
  /**
   * Samples in the request. 1 if it was refused before it was read, so that metrics show it. 0 if the sender sends the
   * same samples again in another format, so that no page reports a loss.
   */
  readonly samples: number
  readonly retryAfterSeconds: number | null
  /** The reason under which the request counts. */
  readonly countedAs: RequestReason

  constructor(
    status: number,
    reason: RefusalReason,
    text: RefusalText,
    samples = 1,
    retryAfterSeconds: number | null = null,
    countedAs: RequestReason = reason,
  ) {
    super(text.detail)
    this.status = status
    this.reason = reason
    this.text = text
    this.samples = samples
    this.retryAfterSeconds = retryAfterSeconds
    this.countedAs = countedAs
  }
}

export const suspended = (tenantId: string) =>
  new WriteRefused(403, 'suspended', {
    detail: `tenant ${tenantId} is suspended`,
    limit: 'no writes',
    remedy: 'ask the platform team',
  })

export const malformed = (detail: string, status: 400 | 415 = 400, samples = 1) =>
  new WriteRefused(
    status,
    'malformed',
    {
      detail,
      limit: 'snappy-compressed remote write 1.0 or 2.0',
      remedy: 'configure the sender as a Prometheus remote-write client',
    },
    samples,
  )

/**
 * A request that can never fit. The status is 400 and not 413: Prometheus, vmagent and the Collector drop a request after
 * a 400, but vmagent sends it again for ever after a 413, and all that waits behind it gets old.
 * @param bytes of the request, if they are known
 */
export const tooLarge = (bytesMax: number, bytes: number | null) =>
  new WriteRefused(400, 'request-bytes', {
    detail: bytes === null ? 'the request is too large' : `the request has ${bytes} bytes after decompression`,
    limit: `${bytesMax} bytes`,
    remedy: 'send smaller batches, or raise the request size in the portal',
  })

export const tooLargeAsV1 = ({ bytes, bytesMax }: TooLargeAsV1) =>
  new WriteRefused(400, 'request-bytes', {
    detail: `the request has ${bytes} bytes in remote write 1.0, in which series do not share their texts`,
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

/** @param bytesPerSecond that this gateway decompresses for the tenant */
export const tooManyBytes = (bytesPerSecond: number, seconds: number) =>
  new WriteRefused(
    429,
    'in-flight',
    {
      detail: 'the requests expand to too many bytes',
      limit: `${bytesPerSecond} bytes/s after decompression`,
      remedy: `send fewer bytes for each sample, or raise the samples per second in the portal; retry after ${seconds} s`,
    },
    1,
    seconds,
  )

/**
 * Like {@link tooLarge}: a retry can never help.
 * @param tokens that the request needs from the bucket: its exemplars and metadata count too.
 */
export const overBurst = (samples: number, tokens: number, burstSamples: number) =>
  new WriteRefused(
    400,
    'burst',
    {
      detail: `the request holds ${tokens} ${countedAs(samples, tokens)}`,
      limit: `${burstSamples} per request`,
      remedy: 'send smaller batches, or raise the burst in the portal',
    },
    samples,
  )

const countedAs = (samples: number, tokens: number) =>
  tokens === samples ? 'samples' : 'samples, exemplars and metadata entries'

/** @param tokens as in {@link overBurst} */
export const samplesTooFast = (samples: number, tokens: number, samplesPerSecond: number, seconds: number) =>
  new WriteRefused(
    429,
    'rate',
    {
      detail: `${tokens} ${countedAs(samples, tokens)} are more than the limit allows now`,
      limit: `${samplesPerSecond} samples/s`,
      remedy: `retry after ${seconds} s, or raise the limit in the portal`,
    },
    samples,
    seconds,
  )

/**
 * New series came while this gateway waits for its share of the series limit, which it gets within a second. The status is
 * 503 and not 429, because the wait is ours: by default Prometheus and the Collector drop a request after a 429. For the
 * same reason its samples do not count as refused.
 */
export const seriesShareMissing = (seriesMax: number) =>
  new WriteRefused(
    503,
    'active-series',
    {
      detail: 'this gateway waits for its share of the active series',
      limit: `${seriesMax} active series`,
      remedy: 'retry after 1 s',
    },
    0,
    1,
    'share-missing',
  )
