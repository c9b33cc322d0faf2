import type { ImageVulnerability, Package, Severity } from '@tickwatch/db'
import { storable } from '@tickwatch/policy'
import { z } from 'zod'
import { jsonOf } from './jsonOf.ts'

/** A vulnerability of a package, as a scanner reports it. */
export type Found = Omit<ImageVulnerability, 'imageId' | 'architecture'>

export type Scan = {
  found: Found[]
  /** When the scanner looked; null if the report does not say. */
  scannedAt: Date | null
  /** When the scanner's database was built; null if it had none. */
  databaseBuiltAt: Date | null
}

const packagesMax = 20_000
const vulnerabilitiesMax = 20_000

// Names and versions of packages: longer ones are cut, because they are only shown and compared.
const name = z.string().transform((text) => storable(text.slice(0, 200)))
const time = z
  .string()
  .nullish()
  .transform((text) => {
    const at = new Date(text ?? '')
    return Number.isNaN(at.getTime()) || at.getTime() < 0 || at.getUTCFullYear() > 9_999 ? null : at
  })

type Component = {
  type: string
  name: string
  version?: string | undefined
  purl?: string | undefined
  components?: Component[] | undefined
}
const component: z.ZodType<Component> = z.lazy(() =>
  z.object({
    type: z.string(),
    name,
    version: name.optional(),
    purl: z.string().optional(),
    components: z.array(component).optional(),
  }),
)
/** https://cyclonedx.org/docs/1.6/json/ */
const cycloneDx = z.object({ bomFormat: z.literal('CycloneDX'), components: z.array(component) })

/**
 * The packages that a CycloneDX SBOM lists, each once, by name and version. Files are left out: Syft lists thousands.
 * @returns what is wrong with it, as a sentence, if it can't be read
 */
export function readSbom(text: string): { packages: Package[] } | { fault: string } {
  const { data, error } = cycloneDx.safeParse(jsonOf(text))
  if (!data) return { fault: `It is not an SBOM in CycloneDX’s JSON: ${placeOf(error)}` }
  const packages = new Map<string, Package>()
  const add = ({ type, name, version = '', purl, components = [] }: Component) => {
    if (type !== 'file') {
      const one = { name, version, type: /^pkg:([a-z0-9.+-]{1,40})\//i.exec(purl ?? '')?.[1]?.toLowerCase() ?? '' }
      packages.set(JSON.stringify(one), one)
    }
    for (const part of components) add(part)
  }
  for (const each of data.components) add(each)
  if (packages.size === 0) return { fault: 'It lists no package.' }
  if (packages.size > packagesMax) return { fault: `It lists more than ${packagesMax} packages.` }
  return { packages: [...packages.values()].sort((a, b) => compare(a.name, b.name) || compare(a.version, b.version)) }
}

const severities: Record<string, Severity> = {
  critical: 'critical',
  high: 'high',
  medium: 'medium',
  low: 'low',
  negligible: 'negligible',
}

const database = z.object({
  built: time,
  // Since Grype 0.88.
  status: z.object({ built: time }).nullish(),
})
/** https://github.com/anchore/grype, `grype/presenter/models` */
const grype = z.object({
  matches: z.array(
    z.object({
      vulnerability: z.object({
        id: name,
        severity: z.string().nullish(),
        fix: z.object({ versions: z.array(name).nullish() }).nullish(),
      }),
      artifact: z.object({ name, version: name }),
    }),
  ),
  descriptor: z.object({ timestamp: time, db: database.nullish() }),
})

/**
 * What Grype's JSON report says. A severity that this release does not know is `unknown`, which is not harmless.
 * @returns what is wrong with it, as a sentence, if it can't be read
 */
export function readScan(text: string): Scan | { fault: string } {
  const { data, error } = grype.safeParse(jsonOf(text))
  if (!data) return { fault: `It is not a report in Grype’s JSON: ${placeOf(error)}` }
  const found = new Map<string, Found>()
  for (const { vulnerability, artifact } of data.matches) {
    const one = {
      vulnerability: vulnerability.id,
      package: artifact.name,
      packageVersion: artifact.version,
      severity: severities[vulnerability.severity?.toLowerCase() ?? ''] ?? 'unknown',
      fixedIn: (vulnerability.fix?.versions ?? []).slice(0, 20),
    }
    const key = JSON.stringify([one.vulnerability, one.package, one.packageVersion])
    const other = found.get(key)
    // Grype repeats a match for each place of a package. The worst one counts.
    if (!other || rank(one.severity) < rank(other.severity)) found.set(key, one)
  }
  if (found.size > vulnerabilitiesMax) return { fault: `It lists more than ${vulnerabilitiesMax} vulnerabilities.` }
  const { db, timestamp } = data.descriptor
  return { found: [...found.values()], scannedAt: timestamp, databaseBuiltAt: db?.status?.built ?? db?.built ?? null }
}

const order: readonly Severity[] = ['critical', 'high', 'unknown', 'medium', 'low', 'negligible']
/** The worst first. What nobody has judged yet may be bad. */
export const rank = (severity: Severity): number => order.indexOf(severity)

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

function placeOf({ issues: [issue] }: z.ZodError): string {
  return `${issue?.path.join('.') || 'the whole'}: ${issue?.message}`
}
