import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAmis } from '@tickwatch/aws/amis'
import { afterAll, beforeAll, vi } from 'vitest'
import { startWithPeople } from '../../../apps/api/src/testing/people.ts'
import { runStep } from '../../../apps/gateway/build/release/steps.ts'
import { openCertificateAuthority } from '../parts/pki.ts'
import { useTestDatabase } from '../testing/testing.ts'
import { useImages } from '../testing/useImages.ts'
import { type Advisory, buildDatabase, serveDatabase } from './grypeDatabase.ts'
import { createKmsKey, publishBase, startRegistry, toolFolder } from './parts.ts'

/** Starts what a release needs: KMS, EC2, the portal's API, which allows the key `release`, and a registry that has a base image. */
async function start(urls: ReturnType<typeof useTestDatabase>, images: ReturnType<typeof useImages>) {
  const dir = await mkdtemp(join(tmpdir(), 'tickwatch-signing-'))
  onPath(...['cosign', 'syft', 'grype'].map(toolFolder))
  const release = await createKmsKey(images.url(), 'release')
  const other = await createKmsKey(images.url(), 'other')
  /** Files of public keys. */
  const pem = { release: join(dir, 'release.pem'), other: join(dir, 'other.pem') }
  await writeFile(pem.release, release.pem)
  await writeFile(pem.other, other.pem)
  images.allow([release])
  const env = { IMAGE_KEYS_FILE: images.keysFile }
  const at = await startWithPeople(openCertificateAuthority, urls, env, { amis: createAmis() })
  const scope = { name: 'pipeline', scopes: ['images:register' as const], expiresInDays: 1 }
  const { token } = await at.platform.apiToken.create.mutate(scope)
  const registry = await startRegistry(dir)
  const base = await publishBase(dir, registry.address)
  return {
    dir,
    keys: { release: release.key, other: other.key },
    pem,
    policyKeys: release.pem,
    at,
    token,
    registry,
    base,
  }
}

/** Puts folders before the others on PATH. */
export const onPath = (...folders: string[]) => vi.stubEnv('PATH', [...folders, process.env.PATH].join(':'))

export const source = 'https://git.example/tickwatch'
export const builder = 'https://ci.example/release'

/** Each test file gets what a release needs, and runs its steps as pipelines do. */
export function useRelease() {
  const urls = useTestDatabase()
  const images = useImages()
  let parts: Awaited<ReturnType<typeof start>> | undefined
  let database: Awaited<ReturnType<typeof serveDatabase>> | undefined
  let printed: string[] = []
  const running = () => {
    if (!parts) throw new TypeError('the parts of a release are not started')
    return parts
  }
  beforeAll(async () => {
    for (const way of ['log', 'error'] as const) {
      vi.spyOn(console, way).mockImplementation((line) => void printed.push(`${line}`))
    }
    parts = await start(urls, images)
  })
  afterAll(async () => {
    await parts?.at.stop()
    await parts?.registry.stop()
    await database?.stop()
    vi.restoreAllMocks()
    if (parts) await rm(parts.dir, { recursive: true })
  })
  const settings = () => {
    const { keys, policyKeys, token, at, registry } = running()
    return {
      ...{ IMAGE_SOURCE: source, IMAGE_BUILDER: builder, IMAGE_RUN: 'run-7' },
      ...{ IMAGE_KEY: keys.release, IMAGE_ACCOUNT: '000000000000', POLICY_PUBLIC_KEYS: policyKeys },
      PACKER_VARIABLES: JSON.stringify({
        ...{ region: 'eu-west-1', subnet_id: 'subnet-1', instance_profile: 'build' },
        kms_keys: { 'eu-west-1': 'alias/images', 'us-east-1': 'alias/images' },
      }),
      ...{ PORTAL_API_URL: at.api.urls().portalUrl, PORTAL_API_TOKEN: token },
      IMAGE_REPOSITORY: `${registry.address}/tickwatch/gateway`,
    }
  }
  return {
    running,
    settings,
    /** Runs a step in a folder. @returns its exit code */
    step(folder: string, name: string, variables: Record<string, string> = {}): Promise<number> {
      printed = []
      return runStep(name, folder, { ...process.env, ...settings(), ...variables })
    },
    /** What the last step printed. */
    says: () => printed.join('\n'),
    /** Lets Grype find a database that says that all versions of undici have a vulnerability of this severity. */
    async useDatabase(severity: Advisory['severity']): Promise<void> {
      const of = await mkdtemp(join(running().dir, 'grype-'))
      await database?.stop()
      database = await serveDatabase(
        await buildDatabase(of, { id: 'GHSA-1111-2222-3333', package: 'undici', severity }),
      )
      vi.stubEnv('GRYPE_DB_UPDATE_URL', database.url)
      vi.stubEnv('GRYPE_DB_CACHE_DIR', join(of, 'cache'))
    },
  }
}
