import type { StatusKind } from '../../components/Status.tsx'
import { formatInteger, plural } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'

export type Image = Outputs['image']['list']['items'][number]
export type ImageDetail = Outputs['image']['get']
export type Check = ImageDetail['checks'][number]
export type Vulnerability = Outputs['image']['vulnerabilities']['items'][number]
export type Exception = ImageDetail['exceptions'][number]
export type Severity = Vulnerability['severity']

/** The input of the API, shared by the page and the server that prefetches for it. */
export const imagesInput = (get: (key: string) => string | null) => ({ cursor: get('cursor'), pageSize: 50 })

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
/** The id in a URL; one that no image has, if it can't be an id. */
export const imageIdOf = (text: string): string => (uuid.test(text) ? text : '00000000-0000-4000-8000-000000000000')

export const imageHref = (id: string): string => `/images/${id}`

/** The worst first; what nobody has judged may be bad. */
export const severities = ['critical', 'high', 'unknown', 'medium', 'low', 'negligible'] as const satisfies Severity[]

const kinds: Record<Severity, StatusKind> = {
  critical: 'bad',
  high: 'bad',
  unknown: 'bad',
  medium: 'warning',
  low: 'quiet',
  negligible: 'quiet',
}
export const severityKind = (severity: Severity): StatusKind => kinds[severity]
/** As the end of *it is*. */
export const severityPhrase = (severity: Severity): string =>
  severity === 'unknown' ? 'of an unknown severity' : severity
export const severityWords = (severity: Severity): string => (severity === 'unknown' ? 'unknown severity' : severity)

/** How many vulnerabilities there are: `1 critical, 3 low`. */
export function countsWords(counts: Image['severities']): string {
  const parts = severities.flatMap((severity) => {
    const count = counts[severity] ?? 0
    return count === 0 ? [] : [`${formatInteger(count)} ${severity}`]
  })
  return parts.length === 0 ? 'none' : parts.join(', ')
}

/** The worst severity of which there is one; null if there is none. */
export const worstOf = (counts: Image['severities']): Severity | null =>
  severities.find((severity) => (counts[severity] ?? 0) > 0) ?? null

/** The sentence under the title of the list. @param isWhole false if there are more pages, or this is not the first */
export function imagesSentence(images: readonly Image[], isWhole: boolean): string {
  if (images.length === 0) return 'No image is registered.'
  const ready = images.filter((image) => image.ready).length
  const of = isWhole ? plural(images.length, 'image') : `the ${images.length} images on this page`
  if (ready === 0) return `None of ${of} may roll out.`
  return ready === images.length && ready === 1 ? 'The image may roll out.' : `${ready} of ${of} may roll out.`
}

export const verdictWords = ({ ready }: Pick<Image, 'ready'>): { kind: StatusKind; words: string } =>
  ready ? { kind: 'good', words: 'may roll out' } : { kind: 'bad', words: 'refused' }

const checkTitles: Record<Check['name'], string> = {
  signature: 'Signature',
  provenance: 'Provenance',
  manifest: 'Manifest',
  reports: 'Reports',
  amis: 'AMIs in EC2',
  scan: 'Scan',
  vulnerabilities: 'Vulnerabilities',
  age: 'Age',
}
export const checkTitle = (name: Check['name']): string => checkTitles[name]

/** A change from one value to another: `1.2 → 1.3`. */
export const changeWords = ({ from, to }: { from: string | null; to: string | null }): string =>
  from === null ? `${to} (new)` : to === null ? `${from} (removed)` : `${from} → ${to}`

/** What differs between two images, in one sentence. */
export function diffSentence({ totals }: Pick<Outputs['image']['diff'], 'totals'>): string {
  const parts = [
    ...(totals.packages > 0 ? [plural(totals.packages, 'package')] : []),
    ...(totals.vulnerabilities > 0
      ? [
          `${formatInteger(totals.vulnerabilities)} ${totals.vulnerabilities === 1 ? 'vulnerability' : 'vulnerabilities'}`,
        ]
      : []),
    ...(totals.manifest > 0 ? [`${plural(totals.manifest, 'value')} of the manifest`] : []),
  ]
  if (parts.length === 0) return 'Nothing differs.'
  const last = parts.pop()
  return `${parts.length === 0 ? last : `${parts.join(', ')} and ${last}`} ${sum(totals) === 1 ? 'differs' : 'differ'}.`
}

const sum = ({ packages, vulnerabilities, manifest }: Outputs['image']['diff']['totals']): number =>
  packages + vulnerabilities + manifest

const architectures = ['x86_64', 'arm64'] as const
export type Architecture = (typeof architectures)[number]
/** A newer release may know more. */
export const isArchitecture = (text: string): text is Architecture => architectures.some((known) => known === text)

/** How a person checks the signature without Tickwatch. */
export const checkCommand = `cosign verify-blob-attestation --key image-key.pem --bundle bundle.json \\
  --type slsaprovenance1 --insecure-ignore-tlog=true manifest.json`

export const exceptionStates: Record<Exception['state'], { kind: StatusKind; words: string }> = {
  holds: { kind: 'warning', words: 'holds' },
  expired: { kind: 'quiet', words: 'expired' },
  ended: { kind: 'quiet', words: 'ended' },
}

export const exceptionDays = [7, 14, 30, 90] as const
