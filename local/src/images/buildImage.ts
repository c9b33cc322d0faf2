// What a pipeline makes of a build and registers: manifest, attestation, SBOM and vulnerability report, in the forms of cosign, Syft
// and Grype. Tests change parts of it to see that the change is noticed.
import { createHash, createPublicKey, generateKeyPairSync, sign } from 'node:crypto'

export type Ami = { region: string; architecture: 'x86_64' | 'arm64'; imageId: string }
export type Package = { name: string; version: string; purl?: string }
export type Vulnerability = { id: string; severity: string; package: string; version: string; fixedIn?: string[] }

export type Build = {
  name: string
  version: string
  commit: string
  builtAt: Date
  /** The AWS account that owns the AMIs. */
  ownerId: string
  amis: readonly Ami[]
  /** Of what runs in it, in hex. */
  artifactSha256?: string | null
  packages: readonly Package[]
  vulnerabilities: readonly Vulnerability[]
  changelog: string
  configuration: { [setting: string]: string }
}

/** Signs bytes with ECDSA over P-256 and SHA-256, as DER. */
export type Signing = { hint: string; sign(bytes: Buffer): Promise<Buffer> }

/** The body of `POST /v1/images`. */
export type Registration = {
  name: string
  version: string
  amis: Ami[]
  changelog: string
  manifest: string
  bundle: string | null
  reports: { architecture: Ami['architecture']; sbom: string; vulnerabilities: string }[]
}

const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex')

/** How cosign names a key in a bundle. @param pem of the public key */
export const hintOf = (pem: string): string =>
  createHash('sha256')
    .update(createPublicKey(pem).export({ type: 'spki', format: 'der' }))
    .digest('base64')

/** A key of a test's own. */
export function createSigningKey(): Signing & { pem: string } {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return { pem, hint: hintOf(pem), sign: async (bytes) => sign('sha256', bytes, privateKey) }
}

export async function buildImage(build: Build, signing: Signing): Promise<Registration> {
  const { name, version, amis, changelog } = build
  const architectures = [...new Set(amis.map(({ architecture }) => architecture))]
  const reports = architectures.map((architecture) => ({
    architecture,
    sbom: sbomOf(build),
    vulnerabilities: scanOf(build),
  }))
  const manifest = manifestOf(build, reports)
  const bundle = await attest({ ...statementOf(manifest, build.commit) }, signing)
  return { name, version, amis: [...amis], changelog, manifest, bundle, reports }
}

export function manifestOf(build: Build, reports: Registration['reports']): string {
  const { name, version, commit, builtAt, ownerId, amis, artifactSha256, configuration } = build
  const builds = reports.map(({ architecture, sbom, vulnerabilities }) => ({
    architecture,
    ...(artifactSha256 ? { artifactSha256 } : {}),
    sbomSha256: sha256Of(sbom),
    vulnerabilitiesSha256: sha256Of(vulnerabilities),
    amis: Object.fromEntries(
      amis.filter((ami) => ami.architecture === architecture).map(({ region, imageId }) => [region, imageId]),
    ),
  }))
  const manifest = { format: 1, name, version, commit, builtAt: builtAt.toISOString(), ownerId, builds, configuration }
  return JSON.stringify(manifest, null, 2)
}

/** As cosign's `attest-blob --type slsaprovenance1` writes it. */
export const statementOf = (manifest: string, commit: string) => ({
  _type: 'https://in-toto.io/Statement/v0.1',
  predicateType: 'https://slsa.dev/provenance/v1',
  subject: [{ name: 'manifest.json', digest: { sha256: sha256Of(manifest) } }],
  predicate: {
    buildDefinition: {
      buildType: 'https://tickwatch.example/packer/v1',
      externalParameters: {},
      resolvedDependencies: [
        { uri: 'git+https://git.example/tickwatch@refs/heads/main', digest: { gitCommit: commit } },
      ],
    },
    runDetails: { builder: { id: 'https://ci.example/tickwatch/images' }, metadata: { invocationId: 'run-1' } },
  },
})

const inToto = 'application/vnd.in-toto+json'

/** A Sigstore bundle with a DSSE envelope around the statement. */
export async function attest(statement: object, { hint, sign }: Signing, payloadType = inToto): Promise<string> {
  const payload = Buffer.from(JSON.stringify(statement))
  // https://github.com/secure-systems-lab/dsse/blob/master/protocol.md
  const signed = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `), payload])
  return JSON.stringify({
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: { publicKey: { hint } },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType,
      signatures: [{ sig: (await sign(signed)).toString('base64') }],
    },
  })
}

/** CycloneDX, as Syft writes it. */
const sbomOf = ({ packages }: Build): string =>
  JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    components: packages.map((each) => ({ type: 'library', ...each })),
  })

/** As Grype writes it. */
const scanOf = ({ vulnerabilities, builtAt }: Build): string =>
  JSON.stringify({
    matches: vulnerabilities.map(({ id, severity, package: name, version, fixedIn = [] }) => ({
      vulnerability: { id, severity, fix: { versions: fixedIn, state: fixedIn.length > 0 ? 'fixed' : 'not-fixed' } },
      artifact: { name, version },
    })),
    descriptor: {
      name: 'grype',
      version: '0.116.0',
      timestamp: builtAt.toISOString(),
      db: { status: { schemaVersion: 'v6.1.4', built: builtAt.toISOString(), valid: true } },
    },
  })
