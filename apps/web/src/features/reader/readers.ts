import { readerTokenDaysMax } from '@tickwatch/policy'
import type { StatusKind } from '../../components/Status.tsx'
import { formatAge, formatDuration, plural } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'

export type Reader = Outputs['reader']['list']['items'][number]

// API inputs, shared by the page and the server that prefetches for it: both must ask for the same.

export const endedPrefix = 'ended-'
export const endedInput = (cursor: string | null) => ({ cursor, pageSize: 10 })

/** Enough time to create another token and give it to every program that uses this one. */
const soonMs = 14 * 86_400_000
const leftMs = (reader: Reader, nowMs: number) => Date.parse(reader.expiresAt) - nowMs

/** A token's state. A live token that expires soon is a warning. */
export function readerState(reader: Reader, nowMs: number): { kind: StatusKind; text: string } {
  const left = leftMs(reader, nowMs)
  if (reader.state === 'revoked') return { kind: 'quiet', text: 'revoked' }
  if (left <= 0) return { kind: 'quiet', text: 'expired' }
  return left < soonMs ? { kind: 'warning', text: 'expires soon' } : { kind: 'good', text: 'live' }
}

/** Whether the gateways enforce the version with the token's creation, or its revocation. */
export function progressText({ progress }: Reader): { kind: StatusKind; text: string } {
  const version = progress.version === null ? '' : `v${progress.version}, `
  if (progress.enforcedMs !== null) {
    return { kind: 'good', text: `${version}enforced in ${formatDuration(progress.enforcedMs)}` }
  }
  if (progress.state === 'refused') return { kind: 'bad', text: `${version}refused by a gateway` }
  return { kind: 'info', text: `${version}on its way` }
}

/**
 * When a token was last used, as far as the gateways report it: words, then a time if there is one, then words.
 * `certain` is false while a gateway that does not report uses may have served it.
 */
export function lastUse({
  createdAt,
  lastUsedAt,
  usesKnownSince,
}: Pick<Reader, 'createdAt' | 'lastUsedAt' | 'usesKnownSince'>): {
  before: string
  at: string | null
  after: string
  certain: boolean
} {
  if (usesKnownSince === null) {
    return lastUsedAt === null
      ? { before: 'not known', at: null, after: '', certain: false }
      : { before: '', at: lastUsedAt, after: ' or later', certain: false }
  }
  const isKnown = (at: string) => Date.parse(at) >= Date.parse(usesKnownSince)
  if (lastUsedAt !== null && isKnown(lastUsedAt)) return { before: '', at: lastUsedAt, after: '', certain: true }
  if (lastUsedAt === null && isKnown(createdAt)) {
    return { before: 'not used since it was made', at: null, after: '', certain: true }
  }
  return { before: 'not used since ', at: usesKnownSince, after: '; not known before', certain: true }
}

export const isOnItsWay = ({ progress }: Reader): boolean =>
  progress.enforcedMs === null && progress.state !== 'refused'

/** The state of a tenant's readers in one sentence: how many there are, and which expires next. */
export function readersSentence(
  tenantId: string,
  readers: readonly Reader[],
  nowMs: number,
): { kind: 'warning' | 'calm'; text: string } {
  const [next] = readers
    .filter((reader) => leftMs(reader, nowMs) > 0)
    .toSorted((a, b) => leftMs(a, nowMs) - leftMs(b, nowMs))
  if (!next) return { kind: 'calm', text: `No token may query the metrics of ${tenantId}.` }
  const left = leftMs(next, nowMs)
  const which = readers.length === 1 ? 'it' : `the next, ${next.name},`
  return {
    kind: left < soonMs ? 'warning' : 'calm',
    text: `${plural(readers.length, 'token')} may query the metrics of ${tenantId}; ${which} expires in ${formatAge(left)}.`,
  }
}

export const expiryChoices = [7, 30, 90, 180, readerTokenDaysMax] as const

/** Where readers send queries. */
export type Endpoint = {
  /** Without a slash at its end. */
  url: string
  /** The file with the certificate of the private authority that issued the endpoint's; null if it is a public one. */
  caFile: string | null
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/** A curl command that tries the token. */
export const curlLine = ({ url, caFile }: Endpoint, token: string): string => {
  const authority = caFile === null ? '' : `--cacert ${quoted(caFile)} `
  return `curl ${authority}--header 'Authorization: Bearer ${token}' '${url}/api/v1/query?query=up'`
}

/** A Grafana data source in its provisioning format. https://grafana.com/docs/grafana/latest/datasources/prometheus/ */
export const grafanaSource = ({ url, caFile }: Endpoint, tenantId: string, token: string): string => `apiVersion: 1
datasources:
  - name: Tickwatch ${tenantId}
    type: prometheus
    access: proxy
    url: ${url}
    jsonData:
      httpMethod: POST
      manageAlerts: false
      httpHeaderName1: Authorization${caFile === null ? '' : '\n      tlsAuthWithCACert: true'}
    secureJsonData:
      httpHeaderValue1: Bearer ${token}${caFile === null ? '' : `\n      tlsCACert: $__file{${caFile}}`}
`
