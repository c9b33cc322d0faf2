import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { apiTokens, type Database, images } from '@tickwatch/db'
import { makeToken } from '../../../apps/api/src/shared/secretToken.ts'
import { awsAccountId, awsRegion } from '../parts/aws/ministack.ts'
import { root } from '../process/tools.ts'
import { registerAmi } from './amis.ts'
import { type Build, buildImage, type Package, type Vulnerability } from './buildImage.ts'
import { openImageSigning } from './imageKey.ts'

const setUp = { subject: 'local-set-up', name: 'Local set-up' }
const hourMs = 3_600_000

type Sample = {
  version: string
  /** Hours before the platform was first started. */
  builtHoursAgo: number
  commit: string
  changelog: string
  openssl: string
  vulnerabilities: Omit<Vulnerability, 'version'>[]
}

// Nobody scanned anything: the vulnerabilities are examples, and their ids say so.
const samples: readonly Sample[] = [
  {
    version: '0.1.0',
    builtHoursAgo: 30 * 24,
    commit: '1'.repeat(40),
    changelog: 'The first image of the gateway.',
    openssl: '3.0.7',
    vulnerabilities: [
      { id: 'EXAMPLE-2026-0001', severity: 'High', package: 'openssl-libs', fixedIn: ['3.0.8'] },
      { id: 'EXAMPLE-2026-0002', severity: 'Low', package: 'zlib' },
    ],
  },
  {
    version: '0.2.0',
    builtHoursAgo: 2,
    commit: '2'.repeat(40),
    changelog: 'Updates openssl-libs, and refuses less while traffic moves between gateways.',
    openssl: '3.0.8',
    vulnerabilities: [{ id: 'EXAMPLE-2026-0002', severity: 'Low', package: 'zlib' }],
  },
]

/**
 * Registers two images of the gateway as a pipeline does, with signatures by the key in KMS and an API token that is revoked
 * afterwards: one with a vulnerability that the policy refuses, and one that may roll out. If there are images, nothing is changed.
 * @param addresses of MiniStack and of the API
 */
export async function seedImages(db: Database, addresses: { aws: string; api: string }): Promise<void> {
  if ((await db.platform((tx) => images.list(tx, { pageSize: 1 }))).items.length > 0) return
  const startedAt = new Date()
  const signing = await openImageSigning(addresses.aws)
  const { id, token } = await createToken(db, startedAt)
  try {
    for (const sample of samples) {
      const build = await buildOf(sample, startedAt, addresses.aws)
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

async function buildOf(sample: Sample, startedAt: Date, awsUrl: string): Promise<Build> {
  const { version, commit, changelog, openssl } = sample
  const tags = { 'tickwatch:role': 'gateway', 'tickwatch:commit': commit }
  const architecture = 'x86_64'
  const imageId = await registerAmi(awsUrl, { name: `tickwatch-gateway-${version}`, architecture, tags })
  const system = { 'openssl-libs': openssl, zlib: '1.2.11', systemd: '252.23' }
  const rpms = Object.entries(system).map(([name, of]) => ({ name, version: of, purl: `pkg:rpm/amzn/${name}@${of}` }))
  return {
    ...{ name: 'gateway', version, commit, changelog, ownerId: awsAccountId },
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
      openFilesMax: version === '0.1.0' ? '65536' : '262144',
    },
  }
}

/** What the gateway of this repository depends on directly. */
function gatewayPackages(): Package[] {
  const file = readFileSync(join(root, 'apps/gateway/package.json'), 'utf8')
  const { dependencies } = JSON.parse(file) as { dependencies: Record<string, string> }
  return Object.entries(dependencies).map(([name, version]) => ({ name, version, purl: `pkg:npm/${name}@${version}` }))
}
