import type { ImageVulnerability, Package, Severity } from '@tickwatch/db'
import { mergeVulnerabilities } from './image.rules.ts'
import { rank } from './reports.ts'

type PackagesByArchitecture = readonly { architecture: string; packages: readonly Package[] }[]

/** A package of an image. */
export type PackageRow = {
  name: string
  type: string
  /** Usually one. With the architectures, if not all have the same versions: `1.2 (arm64)`. */
  versions: string[]
}

/** What differs between two values of one name. Null if there is none. */
export type Difference = { name: string; from: string | null; to: string | null }

export type VulnerabilityDifference = { vulnerability: string; package: string; severity: Severity; isNew: boolean }

/** The packages of an image, by their names. */
export function packageRows(all: PackagesByArchitecture): PackageRow[] {
  const rows = new Map<string, { name: string; type: string; in: Map<string, string[]> }>()
  for (const { architecture, packages } of all) {
    for (const { name, type, version } of packages) {
      const key = keyOf({ name, type })
      const row = rows.get(key) ?? { name, type, in: new Map<string, string[]>() }
      row.in.set(version, [...(row.in.get(version) ?? []), architecture])
      rows.set(key, row)
    }
  }
  return [...rows.values()]
    .map(({ in: versions, ...row }) => ({
      ...row,
      versions: [...versions].map(([version, architectures]) =>
        architectures.length === all.length ? version : `${version} (${architectures.join(', ')})`,
      ),
    }))
    .sort((a, b) => compare(a.name, b.name) || compare(a.type, b.type))
}

const keyOf = ({ name, type }: Pick<Package, 'name' | 'type'>): string => JSON.stringify([name, type])

/** The packages that were added, removed or changed, by their names. */
export function diffPackages(from: PackagesByArchitecture, to: PackagesByArchitecture): Difference[] {
  const texts = (all: PackagesByArchitecture) =>
    new Map(packageRows(all).map((row) => [keyOf(row), { name: row.name, text: row.versions.join(', ') }]))
  const [before, after] = [texts(from), texts(to)]
  return differences(before, after).sort((a, b) => compare(a.name, b.name))
}

/** The vulnerabilities that only one of two images has, the worst first. */
export function diffVulnerabilities(
  from: readonly ImageVulnerability[],
  to: readonly ImageVulnerability[],
): VulnerabilityDifference[] {
  const onlyIn = (some: readonly ImageVulnerability[], others: readonly ImageVulnerability[], isNew: boolean) => {
    const known = new Set(others.map((each) => JSON.stringify([each.vulnerability, each.package])))
    return mergeVulnerabilities(some)
      .filter((each) => !known.has(JSON.stringify([each.vulnerability, each.package])))
      .map(({ vulnerability, package: name, severity }) => ({ vulnerability, package: name, severity, isNew }))
  }
  return [...onlyIn(to, from, true), ...onlyIn(from, to, false)].sort((a, b) => rank(a.severity) - rank(b.severity))
}

/** The values that differ between two manifests, by their paths, such as `builds.0.amis.eu-west-1`. */
export function diffManifests(from: unknown, to: unknown): Difference[] {
  const texts = (manifest: unknown) => new Map(leaves(manifest, '').map(([path, text]) => [path, { name: path, text }]))
  return differences(texts(from), texts(to)).sort((a, b) => compare(a.name, b.name))
}

type Texts = ReadonlyMap<string, { name: string; text: string }>

function differences(before: Texts, after: Texts): Difference[] {
  const keys = new Set([...before.keys(), ...after.keys()])
  return [...keys].flatMap((key) => {
    const [old, next] = [before.get(key), after.get(key)]
    if (old?.text === next?.text) return []
    return [{ name: (next ?? old)?.name ?? key, from: old?.text ?? null, to: next?.text ?? null }]
  })
}

/** Each value in JSON that is not an object or a list, with its path. */
function leaves(value: unknown, path: string): [string, string][] {
  if (typeof value !== 'object' || value === null) return [[path, typeof value === 'string' ? value : String(value)]]
  return Object.entries(value).flatMap(([name, part]) => leaves(part, path === '' ? name : `${path}.${name}`))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
