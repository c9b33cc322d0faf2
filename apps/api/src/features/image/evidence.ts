import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type Check, check, type Refusal, refusal } from './checks.ts'
import { jsonOf } from './jsonOf.ts'
import type { SigningKey } from './keys.ts'
import { amisOf, type ImageAmi, type Manifest, readManifest } from './manifest.ts'
import { type Signed, verifySignature } from './signature.ts'

/** What a pipeline registered, and what it says as proof. */
export type Evidence = {
  name: string
  version: string
  amis: readonly ImageAmi[]
  registeredAt: Date
  manifest: string
  /** Null if nothing was signed. */
  bundle: string | null
  /** The hashes of the reports, by architecture. */
  reports: readonly { architecture: string; sbomSha256: string; vulnerabilitiesSha256: string }[]
}

/** What the signed provenance says of the build. */
export type Provenance = {
  builderId: string
  buildType: string
  /** Of the run of the pipeline; null if it does not say. */
  invocationId: string | null
  /** The repository and revision that were built; null if it does not say. */
  source: string | null
}

export type Examined = {
  checks: Check[]
  /** Null if it can't be read. */
  manifest: Manifest | null
  /** Null unless the signature holds and the provenance can be read. */
  provenance: Provenance | null
}

/**
 * Checks what was registered against the signed attestation: the signature and the key, that it is a provenance of this manifest,
 * and that this manifest names exactly this image, its AMIs and its reports. Nothing here is trusted because it was stored.
 */
export function examine(evidence: Evidence, keys: readonly SigningKey[]): Examined {
  const read = readManifest(evidence.manifest)
  const manifest = 'manifest' in read ? read.manifest : null
  const signature = verifySignature(evidence.bundle, keys, evidence.registeredAt)
  const signed = 'signed' in signature ? signature.signed : null
  const attested = signed && readAttestation(signed, evidence.manifest, manifest)
  const unread = 'fault' in read ? [unreadable(read.fault)] : []
  return {
    manifest,
    provenance: attested?.provenance ?? null,
    checks: [
      check('signature', 'refused' in signature ? [signature.refused] : [], () => {
        const key = signed?.key.name
        return `The key ${key} signed the attestation, and was valid when the image was registered.`
      }),
      check('provenance', attested?.refusals ?? [notSigned], () => {
        return `It attests this manifest, of the commit ${manifest?.commit}, built by ${attested?.provenance?.builderId}.`
      }),
      check('manifest', manifest ? imageRefusals(evidence, manifest) : unread, () => {
        return `It is of ${evidence.name} ${evidence.version} and names exactly the AMIs that are registered.`
      }),
      check('reports', manifest ? reportRefusals(evidence, manifest) : unread, () => {
        return 'It has the hashes of the SBOM and of the vulnerability report of each architecture.'
      }),
    ],
  }
}

const notSigned = refusal(
  'statement-unreadable',
  'Without a signature that holds, nothing says how the image was built.',
  'Sign the manifest with cosign attest-blob and an allowed key.',
)

const unreadable = (fault: string) =>
  refusal('manifest-unreadable', `The manifest can’t be read. ${fault}`, 'Correct what the pipeline writes.')

/** https://github.com/in-toto/attestation/blob/main/spec/v1/envelope.md */
const payloadType = 'application/vnd.in-toto+json'
/** cosign writes the first one, also for SLSA v1. */
const statementTypes = ['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1']
/** https://slsa.dev/spec/v1.0/provenance */
const slsaV1 = 'https://slsa.dev/provenance/v1'

const statementSchema = z.object({
  _type: z.enum(statementTypes),
  predicateType: z.string(),
  subject: z.array(z.object({ digest: z.record(z.string(), z.string()) })),
  predicate: z.unknown(),
})
const provenanceSchema = z.object({
  buildDefinition: z.object({
    buildType: z.string().min(1),
    resolvedDependencies: z
      .array(z.object({ uri: z.string().optional(), digest: z.record(z.string(), z.string()).optional() }))
      .default([]),
  }),
  runDetails: z.object({
    builder: z.object({ id: z.string().min(1) }),
    metadata: z.object({ invocationId: z.string().optional() }).optional(),
  }),
})

/** The statement that a signature covers, and why it does not prove what this manifest says. */
function readAttestation(
  signed: Signed,
  manifestText: string,
  manifest: Manifest | null,
): { provenance: Provenance | null; refusals: Refusal[] } {
  const refused = (...about: Parameters<typeof refusal>) => ({ provenance: null, refusals: [refusal(...about)] })
  const attest = 'Attest the manifest with cosign attest-blob --type slsaprovenance1.'
  if (signed.payloadType !== payloadType) {
    const reason = `What is signed is not an in-toto statement, but of the type ${signed.payloadType.slice(0, 100)}.`
    return refused('payload-type', reason, attest)
  }
  const { data: statement } = statementSchema.safeParse(jsonOf(signed.payload.toString()))
  if (!statement) return refused('statement-unreadable', 'The signed in-toto statement can’t be read.', attest)
  if (statement.predicateType !== slsaV1) {
    const reason = `The statement is not a provenance of SLSA v1, but of the type ${statement.predicateType.slice(0, 200)}.`
    return refused('predicate-type', reason, attest)
  }
  const sha256 = createHash('sha256').update(manifestText).digest('hex')
  const [subject, ...others] = statement.subject
  if (subject?.digest.sha256 !== sha256 || others.length > 0) {
    const reason = `The statement is about ${subject?.digest.sha256?.slice(0, 64) ?? 'something without a SHA-256'}, and the manifest has the SHA-256 ${sha256}.`
    return refused('subject-digest', reason, 'Register the manifest that was signed, byte for byte.')
  }
  const { data: predicate } = provenanceSchema.safeParse(statement.predicate)
  if (!predicate) return refused('provenance-unreadable', 'The provenance has no builder or no type of build.', attest)
  const { buildDefinition, runDetails } = predicate
  const source = buildDefinition.resolvedDependencies.find(({ digest }) => digest?.gitCommit !== undefined)
  const provenance = {
    builderId: runDetails.builder.id,
    buildType: buildDefinition.buildType,
    invocationId: runDetails.metadata?.invocationId ?? null,
    source: source?.uri ?? null,
  }
  if (!manifest || source?.digest?.gitCommit === manifest.commit) return { provenance, refusals: [] }
  const reason = `The provenance is of the commit ${source?.digest?.gitCommit?.slice(0, 40) ?? 'that it does not name'}, the manifest of ${manifest.commit}.`
  const remedy = 'Let the pipeline write the same commit into both, as gitCommit of a resolved dependency.'
  return { provenance, refusals: [refusal('commit-not-signed', reason, remedy)] }
}

/** A manifest of another image, or of other AMIs, was registered again for this one. */
function imageRefusals({ name, version, amis }: Evidence, manifest: Manifest): Refusal[] {
  if (manifest.name !== name || manifest.version !== version) {
    const reason = `The manifest is of ${manifest.name} ${manifest.version}, not of ${name} ${version}.`
    return [refusal('image-not-signed', reason, 'Register the image under the name and version that were signed.')]
  }
  const signed = amisOf(manifest)
  const remedy = 'Register exactly the AMIs of the manifest. For other AMIs sign a manifest that names them.'
  const where = ({ region, architecture }: ImageAmi) => `in ${region} for ${architecture}`
  const missing = (of: readonly ImageAmi[], from: readonly ImageAmi[]) =>
    of.filter((ami) => !from.some((other) => isSame(ami, other)))
  return [
    ...missing(amis, signed).map((ami) =>
      refusal('ami-not-signed', `The manifest does not name ${ami.imageId} ${where(ami)}.`, remedy),
    ),
    ...missing(signed, amis).map((ami) =>
      refusal('ami-not-signed', `The manifest names ${ami.imageId} ${where(ami)}, which is not registered.`, remedy),
    ),
  ]
}

const isSame = (a: ImageAmi, b: ImageAmi) =>
  a.region === b.region && a.architecture === b.architecture && a.imageId === b.imageId

const reportNames = { sbomSha256: 'SBOM', vulnerabilitiesSha256: 'vulnerability report' } as const

function reportRefusals({ reports }: Evidence, { builds }: Manifest): Refusal[] {
  const stray = reports.filter(({ architecture }) => !builds.some((build) => build.architecture === architecture))
  return [
    ...builds.flatMap((build) => {
      const { architecture } = build
      const report = reports.find((each) => each.architecture === architecture)
      if (!report) {
        const reason = `There are no reports for ${architecture}, which the manifest names.`
        return [
          refusal('report-missing', reason, 'Register the SBOM and the vulnerability report of each architecture.'),
        ]
      }
      return (['sbomSha256', 'vulnerabilitiesSha256'] as const)
        .filter((hash) => report[hash] !== build[hash])
        .map((hash) => {
          const reason = `The ${reportNames[hash]} for ${architecture} is not the one whose hash is in the manifest.`
          return refusal('report-not-signed', reason, 'Register the file that the pipeline hashed, byte for byte.')
        })
    }),
    ...stray.map(({ architecture }) => {
      const reason = `The manifest has no build for ${architecture}, of which there are reports.`
      return refusal('report-not-signed', reason, 'Register reports only of what the manifest names.')
    }),
  ]
}
