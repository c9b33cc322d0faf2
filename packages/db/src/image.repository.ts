import { AlreadyExists } from './errors.ts'
import type { ImageAmi as AmiRow, Image as ImageRow, Prisma } from './generated/client.ts'
import { decodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { isUniqueViolation } from './prismaErrors.ts'
import { clientOf, type PlatformTx } from './transaction.ts'

export type ImageKey = { name: string; version: string }
export type Severity = 'critical' | 'high' | 'medium' | 'low' | 'negligible' | 'unknown'
/** Of an SBOM. `type` is the ecosystem, such as `rpm` or `npm`; empty if the SBOM does not say. */
export type Package = { name: string; version: string; type: string }
export type ReportKind = 'sbom' | 'vulnerabilities'

/** What EC2 says of an AMI. */
export type ObservedAmi = {
  ownerId: string
  /** Such as `available`. */
  state: string
  architecture: string
  /** `v2.0` if its instances answer only IMDSv2; null if the AMI does not say. */
  imdsSupport: string | null
  tags: Record<string, string>
}

export type StoredAmi = {
  region: string
  architecture: string
  amiId: string
  /** When EC2 answered last; null before its first answer. */
  observedAt: Date | null
  /** Null if EC2 did not know the AMI, or was not asked yet. */
  observed: ObservedAmi | null
}

type Report = {
  architecture: string
  sbomSha256: string
  vulnerabilitiesSha256: string
  scannedAt: Date | null
  databaseBuiltAt: Date | null
}

/** An image as it was registered, without the texts of its reports. */
export type StoredImage = ImageKey & {
  id: string
  registeredAt: Date
  token: { id: string; name: string }
  changelog: string
  manifest: string
  bundle: string
  amis: StoredAmi[]
  reports: Report[]
}

export type ImageVulnerability = {
  imageId: string
  architecture: string
  vulnerability: string
  package: string
  packageVersion: string
  severity: Severity
  fixedIn: string[]
}

export type NewImage = Omit<StoredImage, 'reports'> & {
  reports: (Report & {
    sbom: string
    vulnerabilities: string
    packages: Package[]
    found: Omit<ImageVulnerability, 'imageId' | 'architecture'>[]
  })[]
}

const parts = {
  amis: { orderBy: [{ region: 'asc' }, { architecture: 'asc' }] },
  reports: {
    omit: { imageId: true, sbom: true, vulnerabilities: true, packages: true },
    orderBy: { architecture: 'asc' },
  },
} as const satisfies Prisma.ImageInclude

type Row = ImageRow & { amis: AmiRow[]; reports: Report[] }

/** @throws AlreadyExists if the name has this version already, or if another image has one of the AMIs. */
export async function create(tx: PlatformTx, image: NewImage): Promise<void> {
  const client = clientOf(tx)
  const { amis, reports, token, ...row } = image
  const imageId = row.id
  try {
    await client.image.create({ data: { ...row, tokenId: token.id, tokenName: token.name } })
    await client.imageAmi.createMany({
      data: amis.map(({ observed, ...ami }) => ({ ...ami, imageId, ...(observed ? { observed } : {}) })),
    })
    for (const { found, ...report } of reports) {
      await client.imageReport.create({ data: { ...report, imageId } })
      const data = found.map((each) => ({ ...each, imageId, architecture: report.architecture }))
      await client.imageVulnerability.createMany({ data, skipDuplicates: true })
    }
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause
    throw new AlreadyExists('the image or one of its AMIs is registered already', { cause })
  }
}

export async function byId(tx: PlatformTx, id: string): Promise<StoredImage | null> {
  const row = await clientOf(tx).image.findUnique({ where: { id }, include: parts })
  return row && imageOf(row)
}

export async function byKey(tx: PlatformTx, key: ImageKey): Promise<StoredImage | null> {
  const { name, version } = key
  const row = await clientOf(tx).image.findUnique({ where: { name_version: { name, version } }, include: parts })
  return row && imageOf(row)
}

/** The images that have one of these AMIs. */
export async function withAmis(
  tx: PlatformTx,
  amis: readonly { region: string; amiId: string }[],
): Promise<(ImageKey & { amiId: string })[]> {
  const rows = await clientOf(tx).imageAmi.findMany({
    where: { OR: amis.map(({ region, amiId }) => ({ region, amiId })) },
    include: { image: { select: { name: true, version: true } } },
  })
  return rows.map(({ amiId, image }) => ({ ...image, amiId }))
}

/** The one that was registered last first. @throws BadCursor */
export async function list(tx: PlatformTx, request: PageRequest): Promise<Page<StoredImage>> {
  const after = decodeCursor(request.cursor, ['time', 'uuid'])
  const at = after && new Date(after[0] ?? '')
  const rows = await clientOf(tx).image.findMany({
    where: at ? { OR: [{ registeredAt: { lt: at } }, { registeredAt: at, id: { lt: String(after[1]) } }] } : {},
    include: parts,
    orderBy: [{ registeredAt: 'desc' }, { id: 'desc' }],
    take: request.pageSize + 1,
  })
  return toPage(rows, request.pageSize, (row) => [row.registeredAt.toISOString(), row.id], imageOf)
}

/** The versions of a name, the one that was registered last first. */
export async function versions(tx: PlatformTx, name: string, count: number): Promise<(ImageKey & { id: string })[]> {
  return clientOf(tx).image.findMany({
    where: { name },
    select: { id: true, name: true, version: true },
    orderBy: [{ registeredAt: 'desc' }, { id: 'desc' }],
    take: count,
  })
}

/** @param severities only these; all if it is left out */
export async function vulnerabilities(
  tx: PlatformTx,
  imageIds: readonly string[],
  severities?: readonly Severity[],
): Promise<ImageVulnerability[]> {
  return clientOf(tx).imageVulnerability.findMany({
    where: { imageId: { in: [...imageIds] }, ...(severities ? { severity: { in: [...severities] } } : {}) },
    orderBy: [{ severity: 'asc' }, { vulnerability: 'asc' }, { package: 'asc' }, { architecture: 'asc' }],
  })
}

/** Whether an image of this name has the vulnerability in the package. */
export async function haveVulnerability(
  tx: PlatformTx,
  { imageName, vulnerability, package: name }: { imageName: string; vulnerability: string; package: string },
): Promise<boolean> {
  const where = { vulnerability, package: name, image: { name: imageName } }
  return (await clientOf(tx).imageVulnerability.findFirst({ where, select: { imageId: true } })) !== null
}

/** How many different vulnerabilities of packages each image has of each severity, by the id of the image. */
export async function severityCounts(
  tx: PlatformTx,
  imageIds: readonly string[],
): Promise<ReadonlyMap<string, Partial<Record<Severity, number>>>> {
  const rows = await clientOf(tx).$queryRaw<{ imageId: string; severity: Severity; count: number }[]>`
    SELECT image_id AS "imageId", severity::text AS severity, count(*)::int AS count FROM (
      SELECT DISTINCT image_id, severity, vulnerability, package FROM public.image_vulnerability
      WHERE image_id = ANY(${[...imageIds]}::uuid[])) v
    GROUP BY image_id, severity`
  const counts = new Map<string, Partial<Record<Severity, number>>>()
  for (const { imageId, severity, count } of rows) {
    counts.set(imageId, { ...counts.get(imageId), [severity]: count })
  }
  return counts
}

/** The packages of an image, for each architecture. */
export async function packages(
  tx: PlatformTx,
  imageId: string,
): Promise<{ architecture: string; packages: Package[] }[]> {
  const rows = await clientOf(tx).imageReport.findMany({
    where: { imageId },
    select: { architecture: true, packages: true },
    orderBy: { architecture: 'asc' },
  })
  // This room wrote the column.
  return rows.map((row) => ({ architecture: row.architecture, packages: row.packages as unknown as Package[] }))
}

/** A report as it was sent. Null if the image does not exist or has none of this architecture. */
export async function reportText(
  tx: PlatformTx,
  imageId: string,
  architecture: string,
  kind: ReportKind,
): Promise<string | null> {
  const row = await clientOf(tx).imageReport.findUnique({
    where: { imageId_architecture: { imageId, architecture } },
    select: { sbom: kind === 'sbom', vulnerabilities: kind === 'vulnerabilities' },
  })
  return row?.[kind] ?? null
}

/** The AMIs of the images that were registered last. */
export async function newestAmis(tx: PlatformTx, images: number): Promise<{ region: string; amiId: string }[]> {
  const newest = await clientOf(tx).image.findMany({
    select: { amis: { select: { region: true, amiId: true } } },
    orderBy: [{ registeredAt: 'desc' }, { id: 'desc' }],
    take: images,
  })
  return newest.flatMap(({ amis }) => amis)
}

/** Records what EC2 said of AMIs. `observed` is null if EC2 does not know one. */
export async function recordObserved(
  tx: PlatformTx,
  at: Date,
  amis: readonly { region: string; amiId: string; observed: ObservedAmi | null }[],
): Promise<void> {
  const rows = JSON.stringify(amis)
  await clientOf(tx).$executeRaw`
    UPDATE public.image_ami a SET observed_at = ${at}::timestamptz, observed = CASE WHEN e.observed = 'null' THEN NULL ELSE e.observed END
    FROM jsonb_to_recordset(${rows}::jsonb) AS e (region text, "amiId" text, observed jsonb)
    WHERE a.region = e.region AND a.ami_id = e."amiId"`
}

function imageOf({ tokenId, tokenName, amis, ...row }: Row): StoredImage {
  return {
    ...row,
    token: { id: tokenId, name: tokenName },
    amis: amis.map(({ imageId: _, observed, ...ami }) => ({
      ...ami,
      // This room wrote the column.
      observed: observed as ObservedAmi | null,
    })),
  }
}
