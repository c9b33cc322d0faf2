import type { Severity, StoredAmi } from '@tickwatch/db'
import { type Check, check, type Refusal, refusal } from './checks.ts'
import { type Evidence, type Examined, examine } from './evidence.ts'
import type { SigningKey } from './keys.ts'
import type { Manifest } from './manifest.ts'
import { rank } from './reports.ts'

const minuteMs = 60_000
const dayMs = 86_400_000

/** What an image must be to roll out. */
export const imagePolicy = {
  /** Without an exception. A severity that the scanner does not know may be any. */
  severitiesRefused: ['critical', 'high', 'unknown'],
  /** Since it was built: an older one lacks fixes, and the report knows no newer vulnerabilities. */
  ageDaysMax: 90,
  /** Grype itself warns of a database that is older. */
  databaseAgeDaysMax: 5,
  /** How old EC2's answer about an AMI may be. */
  answerAgeMinutesMax: 30,
  imdsSupport: 'v2.0',
} as const satisfies { severitiesRefused: readonly Severity[]; [limit: string]: unknown }

/** The tags that the templates in `packer` give to an AMI of an image. */
export const tagsOf = ({ name, commit }: Pick<Manifest, 'name' | 'commit'>) => ({
  'tickwatch:role': name,
  'tickwatch:commit': commit,
})

type Vulnerability = {
  vulnerability: string
  package: string
  severity: Severity
  fixedIn: readonly string[]
}
type Exception = { vulnerability: string; package: string }

export type ImageFacts = Omit<Evidence, 'amis'> & {
  amis: readonly StoredAmi[]
  scans: readonly { architecture: string; scannedAt: Date | null; databaseBuiltAt: Date | null }[]
  vulnerabilities: readonly Vulnerability[]
  /** Those that hold now, for images of this name. */
  exceptions: readonly Exception[]
}

/** Whether an image may roll out: if nothing is refused. */
export type Verdict = Omit<Examined, 'checks'> & { ready: boolean; checks: Check[] }

/**
 * Decides from what was registered and what is known now. It is asked again each time that somebody wants to know, so that keys,
 * exceptions, AMIs and the time are those of now.
 */
export function decide(facts: ImageFacts, keys: readonly SigningKey[], now: Date): Verdict {
  const amis = facts.amis.map(({ region, architecture, amiId }) => ({ region, architecture, imageId: amiId }))
  const { checks: proven, manifest, provenance } = examine({ ...facts, amis }, keys)
  const { severitiesRefused, ageDaysMax, databaseAgeDaysMax } = imagePolicy
  const checks = [
    ...proven,
    check(
      'amis',
      facts.amis.flatMap((ami) => amiRefusals(ami, manifest, now)),
      () =>
        'EC2 says that each AMI is available in its region, is of the manifest’s account and of its architecture, needs IMDSv2 and has the tags.',
    ),
    check(
      'scan',
      facts.scans.flatMap(scanRefusals),
      () => `The scanner’s database was at most ${databaseAgeDaysMax} days old.`,
    ),
    check('vulnerabilities', vulnerabilityRefusals(facts), () => {
      return `No vulnerability is ${severitiesRefused.map(severityText).join(' or ')} without an exception.`
    }),
    check('age', ageRefusals(manifest, now), () => `It was built at most ${ageDaysMax} days ago.`),
  ]
  return { ready: checks.every(({ refusals }) => refusals.length === 0), checks, manifest, provenance }
}

const severityText = (severity: Severity): string => (severity === 'unknown' ? 'of an unknown severity' : severity)

function amiRefusals(ami: StoredAmi, manifest: Manifest | null, now: Date): Refusal[] {
  const { region, architecture, amiId, observedAt, observed } = ami
  const what = `${amiId} in ${region}`
  if (observedAt === null) {
    const reason = `EC2 has not answered yet about ${what}.`
    return [refusal('ami-not-asked', reason, 'Wait some minutes. If it stays so, see the log of the API.')]
  }
  const answerAgeMs = now.getTime() - observedAt.getTime()
  if (answerAgeMs > imagePolicy.answerAgeMinutesMax * minuteMs) {
    const reason = `EC2 answered about ${what} ${Math.floor(answerAgeMs / minuteMs)} min ago. More than ${imagePolicy.answerAgeMinutesMax} min is too long.`
    return [refusal('ami-answer-old', reason, 'See in the log of the API why EC2 does not answer.')]
  }
  if (observed === null) {
    const reason = `EC2 does not know ${what}, or this account may not see it.`
    return [refusal('ami-not-found', reason, 'Copy the image to the region, or share it with this account.')]
  }
  const refusals: Refusal[] = []
  const differs = (code: Refusal['code'], is: boolean, reason: string, remedy: string) => {
    if (!is) refusals.push(refusal(code, reason, remedy))
  }
  const { state, ownerId, imdsSupport, tags } = observed
  differs(
    'ami-not-available',
    state === 'available',
    `${what} is ${state}, not available.`,
    'Wait until it is available.',
  )
  if (manifest) {
    const of = `${what} is of the account ${ownerId}, the manifest of ${manifest.ownerId}.`
    differs('ami-owner', ownerId === manifest.ownerId, of, 'Find out who made this AMI. Register only your own.')
  }
  const is = `${what} is of the architecture ${observed.architecture}, not ${architecture}.`
  differs(
    'ami-architecture',
    observed.architecture === architecture,
    is,
    'Let the manifest name the AMI of each architecture.',
  )
  const imds = `Instances of ${what} may answer IMDSv1.`
  differs('ami-imds', imdsSupport === imagePolicy.imdsSupport, imds, 'Build the AMI with imds_support = "v2.0".')
  for (const [tag, value] of Object.entries(manifest ? tagsOf(manifest) : {})) {
    const has = tags[tag] === undefined ? `does not have the tag ${tag}` : `has ${tags[tag]} in the tag ${tag}`
    differs(
      'ami-tag',
      tags[tag] === value,
      `${what} ${has}.`,
      `Give the AMI the tag ${tag} with ${value} when it is built.`,
    )
  }
  return refusals
}

function scanRefusals({ architecture, scannedAt, databaseBuiltAt }: ImageFacts['scans'][number]): Refusal[] {
  const of = `The vulnerability report for ${architecture}`
  const remedy = 'Let the pipeline update Grype’s database, scan again and build another version.'
  if (scannedAt === null) return [refusal('scan-without-time', `${of} does not say when it was made.`, remedy)]
  if (databaseBuiltAt === null) {
    return [refusal('scan-without-database', `${of} was made without a database, so it finds nothing.`, remedy)]
  }
  const days = (scannedAt.getTime() - databaseBuiltAt.getTime()) / dayMs
  if (days <= imagePolicy.databaseAgeDaysMax) return []
  const reason = `${of} was made with a database that was ${Math.floor(days)} days old. The maximum is ${imagePolicy.databaseAgeDaysMax} days.`
  return [refusal('scan-database-old', reason, remedy)]
}

/** How many are named one by one. */
const namedMax = 50

function vulnerabilityRefusals({ vulnerabilities, exceptions }: ImageFacts): Refusal[] {
  const counted = mergeVulnerabilities(vulnerabilities).filter(
    (each) =>
      imagePolicy.severitiesRefused.some((severity) => severity === each.severity) &&
      !exceptions.some((exception) => isOf(exception, each)),
  )
  const refusals = counted.slice(0, namedMax).map(({ vulnerability, package: name, severity, fixedIn }) => {
    const reason = `${vulnerability} of ${name} is ${severityText(severity)}.`
    const fix = fixedIn.length === 0 ? 'No version fixes it yet.' : `Update ${name} to ${fixedIn.join(' or ')}.`
    return refusal('vulnerability', reason, `${fix} Or let a platform admin make an exception.`)
  })
  const more = counted.length - refusals.length
  if (more === 0) return refusals
  return [...refusals, refusal('vulnerability', `And ${more} more.`, 'See the list of vulnerabilities.')]
}

export const isOf = (exception: Exception, found: Exception): boolean =>
  exception.vulnerability === found.vulnerability && exception.package === found.package

/** Each vulnerability of a package once, whatever the versions and architectures: the worst of each, and the worst first. */
export function mergeVulnerabilities<T extends Vulnerability>(all: readonly T[]): T[] {
  const merged = new Map<string, T>()
  for (const each of all) {
    const key = JSON.stringify([each.vulnerability, each.package])
    const other = merged.get(key)
    if (!other || rank(each.severity) < rank(other.severity)) merged.set(key, each)
  }
  return [...merged.values()].sort((a, b) => rank(a.severity) - rank(b.severity))
}

/** Clocks of builders differ from ours. */
const clockMs = 5 * minuteMs

function ageRefusals(manifest: Manifest | null, now: Date): Refusal[] {
  const again = 'Build the image again.'
  if (!manifest) return [refusal('age-unknown', 'Without a manifest nobody knows when it was built.', again)]
  const ageMs = now.getTime() - Date.parse(manifest.builtAt)
  if (ageMs < -clockMs) {
    return [
      refusal(
        'built-in-future',
        `The manifest says that it was built at ${manifest.builtAt}, which is to come.`,
        again,
      ),
    ]
  }
  const { ageDaysMax } = imagePolicy
  if (ageMs <= ageDaysMax * dayMs) return []
  const days = Math.floor(ageMs / dayMs)
  return [refusal('too-old', `It was built ${days} days ago. The maximum is ${ageDaysMax} days.`, again)]
}
