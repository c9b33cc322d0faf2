import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { FailureReason, QueryRefusalReason, RefusalReason } from '@tickwatch/policy'
import type { Tenant } from '../tenant/tenant.ts'

/** Why a request did not succeed. */
export type RequestReason = RefusalReason | QueryRefusalReason | FailureReason

/** An HTTP answer. A stream is passed on as its chunks arrive. */
export type Answer = {
  status: number
  headers: Record<string, string>
  body: string | Readable
  /** For the counters of requests; missing if the request succeeded. */
  reason?: RequestReason
}

/** What a refusal says to the caller. */
export type RefusalText = { detail: string; limit: string; remedy: string }

/**
 * One line of a refusal: `tw-<reason>: <detail>, limit <limit>, remedy <remedy>, receipt <id>`. People quote the
 * receipt when they ask about a refusal; the log has the counts under it.
 */
export function refusalLine(
  reason: RefusalReason | QueryRefusalReason | 'unauthorized' | 'forbidden' | 'not-ready',
  text: RefusalText,
  receipt: string,
): string {
  return `tw-${reason}: ${clean(text.detail)}, limit ${clean(text.limit)}, remedy ${clean(text.remedy)}, receipt ${receipt}`
}

/**
 * Envoy's `x-request-id`, so that one receipt finds a request in Envoy's log and in ours. A new id if there is none.
 */
export function receiptOf(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[A-Za-z0-9-]{8,64}$/.test(header) ? header : randomUUID()
}

/** Details quote metric and label names of the request, so they are cut to one line of limited length. */
function clean(text: string): string {
  const line = text.replace(/\p{Cc}+/gu, ' ')
  return line.length > 300 ? `${line.slice(0, 299)}…` : line
}

export function answer(status: number, lines: string[], headers: Record<string, string> = {}): Answer {
  const body = lines.length > 0 ? `${lines.join('\n')}\n` : ''
  return { status, headers: body === '' ? headers : { 'content-type': 'text/plain; charset=utf-8', ...headers }, body }
}

/**
 * `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10): the tenant's quotas per second, how
 * much this gateway would still admit at once, and the seconds until its buckets are full again.
 */
export function rateLimitHeaders(tenant: Tenant, nowMs: number): Record<string, string> {
  const { samples, requests } = tenant
  const { limits } = tenant.policy
  return {
    'ratelimit-policy': `"samples";q=${limits['ingest.samplesPerSecond']};w=1, "requests";q=${limits['ingest.requestsPerSecond']};w=1`,
    ratelimit:
      `"samples";r=${samples.remaining(nowMs)};t=${samples.fullInSeconds(nowMs)}, ` +
      `"requests";r=${requests.remaining(nowMs)};t=${requests.fullInSeconds(nowMs)}`,
  }
}

/** How much of a 2.0 request is stored (https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/#required-written-response-headers). */
export function writtenHeaders(written: { samples: number; histograms: number; exemplars: number }) {
  return {
    'x-prometheus-remote-write-samples-written': String(written.samples),
    'x-prometheus-remote-write-histograms-written': String(written.histograms),
    'x-prometheus-remote-write-exemplars-written': String(written.exemplars),
  }
}
