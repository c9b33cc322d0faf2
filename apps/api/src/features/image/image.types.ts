import type { ReportKind, Severity } from '@tickwatch/db'
import { idForms } from '@tickwatch/policy'
import { z } from 'zod'
import { idInput, reasonInput, textInput } from '../../shared/inputs.ts'
import { cursorInput, type Page, type Person } from '../../shared/page.types.ts'
import type { Check } from './checks.ts'
import type { Provenance } from './evidence.ts'
import type { Difference, PackageRow, VulnerabilityDifference } from './image.diff.ts'
import { amiIdInput, architectures, regionInput } from './manifest.ts'

const kilobyte = 1_024
const documentMax = 8 * kilobyte * kilobyte
/** Two reports for each of two architectures, escaped as texts in JSON, and the rest. */
export const registrationBytesMax = 36 * kilobyte * kilobyte

/** What a pipeline sends (docs/image-catalogue.md). The documents are texts, because their hashes are of their bytes. */
export const registerInput = z.object({
  name: idInput(idForms.image),
  version: idInput(idForms.imageVersion),
  amis: z
    .array(z.object({ region: regionInput, architecture: z.enum(architectures), imageId: amiIdInput }))
    .min(1)
    .max(64),
  changelog: textInput(20_000),
  manifest: textInput(256 * kilobyte),
  /** The Sigstore bundle. Null if nothing was signed, which is refused. */
  bundle: textInput(1_024 * kilobyte).nullable(),
  reports: z
    .array(
      z.object({
        architecture: z.enum(architectures),
        sbom: textInput(documentMax),
        vulnerabilities: textInput(documentMax),
      }),
    )
    .max(architectures.length),
})
export type Registration = z.output<typeof registerInput>

export const listInput = z.object(cursorInput)
export const imageInput = z.object({ id: z.uuid() })
export const packagesInput = imageInput.extend({ search: textInput(100).default('') })
export const diffInput = z.object({ from: z.uuid(), to: z.uuid() })
export const reportInput = imageInput.extend({
  architecture: z.enum(architectures),
  kind: z.enum(['sbom', 'vulnerabilities'] satisfies ReportKind[]),
})
export const exceptionDaysMax = 90
export const exceptInput = z.object({
  imageName: idInput(idForms.image),
  vulnerability: textInput(200),
  package: textInput(200),
  expiresInDays: z.number().int().min(1).max(exceptionDaysMax),
  reason: reasonInput,
})
export const endExceptionInput = z.object({ id: z.uuid(), reason: reasonInput })

/** Times are ISO 8601, UTC. */
export type ImageRow = {
  id: string
  name: string
  version: string
  registeredAt: string
  /** The name of the API token. */
  registeredBy: string
  /** Null if the manifest can't be read. */
  builtAt: string | null
  commit: string | null
  /** Whether it may roll out now. */
  ready: boolean
  /** How many things refuse it, and the first one. */
  refusals: number
  firstRefusal: string | null
  /** How many vulnerabilities of packages it has of each severity; those without any are left out. */
  severities: Partial<Record<Severity, number>>
  /** Of those that an exception allows. */
  excepted: number
  regions: string[]
  architectures: string[]
}

export type ImagesView = Page<ImageRow> & { policy: PolicyView }

export type PolicyView = {
  severitiesRefused: Severity[]
  ageDaysMax: number
}

export type AmiView = {
  region: string
  architecture: string
  amiId: string
  /** When EC2 answered last; null before its first answer. */
  observedAt: string | null
  /** Null if EC2 does not know it, or has not answered. */
  state: string | null
}

export type ExceptionView = {
  id: string
  vulnerability: string
  package: string
  createdAt: string
  by: Person
  reason: string
  expiresAt: string
  state: 'holds' | 'expired' | 'ended'
  ended: { at: string; by: Person; reason: string } | null
}

export type ImageView = ImageRow & {
  checks: Check[]
  amis: AmiView[]
  /** Null unless the signature holds. */
  provenance: Provenance | null
  changelog: string
  reports: { architecture: string; scannedAt: string | null; databaseBuiltAt: string | null }[]
  /** The newest of all images of this name, at most 50. */
  exceptions: ExceptionView[]
  /** The versions with which it can be compared, the one that was registered last first, at most 100. */
  otherVersions: { id: string; version: string }[]
  policy: PolicyView
}

export type VulnerabilityView = {
  vulnerability: string
  package: string
  severity: Severity
  fixedIn: string[]
  /** The versions of the package that have it, and of which architectures. */
  versions: { version: string; architectures: string[] }[]
  /** Whether the policy refuses it without an exception. */
  counts: boolean
  /** Until when an exception allows it; null if none does. */
  exceptedUntil: string | null
}

/** At most {@link rowsMax} of `total`. */
export type VulnerabilitiesView = { items: VulnerabilityView[]; total: number }
export type PackagesView = { items: PackageRow[]; total: number }
export type DiffView = {
  /** Their names and versions, such as `gateway 1.4.0`. */
  from: string
  to: string
  packages: Difference[]
  vulnerabilities: VulnerabilityDifference[]
  manifest: Difference[]
  /** Before the lists were cut at {@link rowsMax} rows. */
  totals: { packages: number; vulnerabilities: number; manifest: number }
}
export const rowsMax = 500

/** What was signed, to check by hand. */
export type EvidenceView = { manifest: string; bundle: string; publicKey: string | null }

/** The answer to a pipeline. */
export type RegisteredImage = {
  id: string
  name: string
  version: string
  ready: boolean
  /** Why it may not roll out now. */
  refusals: { check: string; code: string; reason: string; remedy: string }[]
}
