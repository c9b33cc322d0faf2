import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiTokens, type Database, images } from '@tickwatch/db'
import { makeToken } from '../../../apps/api/src/shared/secretToken.ts'
import { awsAccountId, awsRegion } from '../parts/aws/ministack.ts'
import { root } from '../process/tools.ts'
import { registerAmi } from './amis.ts'
import { type Build, buildImage, type Package } from './buildImage.ts'
import { openImageSigning } from './imageKey.ts'
import { amiName, amiTags, olderSample, type Sample } from './samples.ts'

const setUp = { subject: 'local-set-up', name: 'Local set-up' }
const hourMs = 3_600_000

/** Of MiniStack, of what answers as EC2, and of the API. */
type Addresses = { aws: string; ec2: string; api: string }

/**
 * Registers these images of the gateway, unless they are in the catalogue, as a pipeline does: with signatures by the key in KMS and an
 * API token that is revoked afterwards. Their AMIs are registered too, unless EC2 has them.
 */
export async function seedImages(db: Database, addresses: Addresses, samples: readonly Sample[]): Promise<void> {
  const known = await db.platform((tx) =>
    Promise.all(samples.map(({ version }) => images.byKey(tx, { name: 'gateway', version }))),
  )
  const missing = samples.filter((_, i) => !known[i])
  if (missing.length === 0) return
  const startedAt = new Date()
  const signing = await openImageSigning(addresses.aws)
  const { id, token } = await createToken(db, startedAt)
  try {
    for (const sample of missing) {
      const build = await buildOf(sample, startedAt, addresses.ec2)
      const registration = await buildImage(build, signing)
      const answer = await fetch(`${addresses.api}/v1/images`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body: JSON.stringify(registration),
        signal: AbortSignal.timeout(30_000),
      })
      if (!answer.ok) throw new Error(`the API refused the image ${sample.version}: ${await answer.text()}`)
    }
  } finally {
    await db.platform((tx) => apiTokens.revoke(tx, id, { at: new Date(), by: setUp }))
  }
}

async function createToken(db: Database, at: Date): Promise<{ id: string; token: string }> {
  const id = randomUUID()
  const { token, sha256 } = makeToken('tw_a_')
  const about = { name: 'local-set-up', scopes: ['images:register'], by: setUp }
  const expiresAt = new Date(at.getTime() + hourMs)
  await db.platform((tx) => apiTokens.create(tx, { id, sha256, ...about, createdAt: at, expiresAt }))
  return { id, token }
}

async function buildOf(sample: Sample, startedAt: Date, ec2Url: string): Promise<Build> {
  const { version, commit, changelog, openssl, artifactSha256 } = sample
  const architecture = 'x86_64'
  const imageId = await registerAmi(ec2Url, { name: amiName(version), architecture, tags: amiTags(commit) })
  const system = { 'openssl-libs': openssl, zlib: '1.2.11', systemd: '252.23' }
  const rpms = Object.entries(system).map(([name, of]) => ({ name, version: of, purl: `pkg:rpm/amzn/${name}@${of}` }))
  return {
    ...{ name: 'gateway', version, commit, changelog, ownerId: awsAccountId, artifactSha256 },
    builtAt: new Date(startedAt.getTime() - sample.builtHoursAgo * hourMs),
    amis: [{ region: awsRegion, architecture, imageId }],
    packages: [...rpms, ...gatewayPackages()],
    vulnerabilities: sample.vulnerabilities.map((each) => ({
      ...each,
      version: each.package === 'openssl-libs' ? openssl : system.zlib,
    })),
    configuration: {
      node: process.versions.node,
      rootFilesystem: 'read-only',
      openFilesMax: version === olderSample.version ? '65536' : '262144',
    },
  }
}

/** What the gateway of this repository depends on directly. */
function gatewayPackages(): Package[] {
  const file = readFileSync(join(root, 'apps/gateway/package.json'), 'utf8')
  const { dependencies } = JSON.parse(file) as { dependencies: Record<string, string> }
  return Object.entries(dependencies).map(([name, version]) => ({ name, version, purl: `pkg:npm/${name}@${version}` }))
}
