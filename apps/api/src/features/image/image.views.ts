import type { ImageException, ImageVulnerability, StoredImage } from '@tickwatch/db'
import { type ImageFacts, imagePolicy, isOf, mergeVulnerabilities, type Verdict } from './image.rules.ts'
import {
  type AmiView,
  type ExceptionView,
  type ImageRow,
  type PolicyView,
  rowsMax,
  type VulnerabilitiesView,
} from './image.types.ts'

export const policyView: PolicyView = {
  severitiesRefused: [...imagePolicy.severitiesRefused],
  ageDaysMax: imagePolicy.ageDaysMax,
}

/** What a decision about an image is made of. @param exceptions those that hold now, for images of any name */
export const factsOf = (
  image: StoredImage,
  vulnerabilities: readonly ImageVulnerability[],
  exceptions: readonly ImageException[],
): ImageFacts => ({
  ...image,
  scans: image.reports,
  vulnerabilities: vulnerabilities.filter(({ imageId }) => imageId === image.id),
  exceptions: exceptions.filter(({ imageName }) => imageName === image.name),
})

/** @param severities how many vulnerabilities it has of each */
export function rowOf(
  image: StoredImage,
  facts: ImageFacts,
  { ready, checks, manifest }: Verdict,
  severities: ImageRow['severities'],
): ImageRow {
  const refusals = checks.flatMap((each) => each.refusals)
  const excepted = mergeVulnerabilities(facts.vulnerabilities).filter(
    (each) =>
      imagePolicy.severitiesRefused.some((severity) => severity === each.severity) &&
      facts.exceptions.some((exception) => isOf(exception, each)),
  )
  return {
    ...{ id: image.id, name: image.name, version: image.version, ready, severities },
    registeredAt: image.registeredAt.toISOString(),
    registeredBy: image.token.name,
    builtAt: manifest?.builtAt ?? null,
    commit: manifest?.commit ?? null,
    refusals: refusals.length,
    firstRefusal: refusals[0]?.reason ?? null,
    excepted: excepted.length,
    regions: [...new Set(image.amis.map(({ region }) => region))].sort(),
    architectures: [...new Set(image.amis.map(({ architecture }) => architecture))].sort(),
  }
}

export const amiViews = ({ amis }: StoredImage): AmiView[] =>
  amis.map(({ region, architecture, amiId, observedAt, observed }) => ({
    ...{ region, architecture, amiId },
    observedAt: observedAt?.toISOString() ?? null,
    state: observed?.state ?? null,
  }))

export function exceptionView(exception: ImageException, now: Date): ExceptionView {
  const { id, vulnerability, package: name, createdAt, by, reason, expiresAt, ended } = exception
  return {
    ...{ id, vulnerability, package: name, by, reason },
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    state: ended ? 'ended' : expiresAt <= now ? 'expired' : 'holds',
    ended: ended && { ...ended, at: ended.at.toISOString() },
  }
}

/** Each vulnerability of a package once, the worst first. @param exceptions those that hold now, for images of this name */
export function vulnerabilitiesView(
  all: readonly ImageVulnerability[],
  exceptions: readonly ImageException[],
): VulnerabilitiesView {
  const places = new Map<string, Map<string, string[]>>()
  for (const each of all) {
    const versions = places.get(keyOf(each)) ?? new Map<string, string[]>()
    versions.set(each.packageVersion, [...(versions.get(each.packageVersion) ?? []), each.architecture])
    places.set(keyOf(each), versions)
  }
  const merged = mergeVulnerabilities(all)
  const items = merged.slice(0, rowsMax).map((each) => ({
    ...{ vulnerability: each.vulnerability, package: each.package, severity: each.severity, fixedIn: each.fixedIn },
    versions: [...(places.get(keyOf(each)) ?? [])].map(([version, architectures]) => ({ version, architectures })),
    counts: imagePolicy.severitiesRefused.some((severity) => severity === each.severity),
    exceptedUntil: exceptions.find((exception) => isOf(exception, each))?.expiresAt.toISOString() ?? null,
  }))
  return { items, total: merged.length }
}

const keyOf = (each: Pick<ImageVulnerability, 'vulnerability' | 'package'>) =>
  JSON.stringify([each.vulnerability, each.package])
