import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, vi } from 'vitest'
import { registerAmi } from '../images/amis.ts'
import { type Build, createSigningKey } from '../images/buildImage.ts'
import { awsAccountId, awsRegion, startMiniStack } from '../parts/aws/ministack.ts'
import { sampleBuild } from './sampleImage.ts'

/** Each test file gets a MiniStack with EC2, to which the environment leads, and a file of keys that allows one. */
export function useImages() {
  const dir = mkdtempSync(join(tmpdir(), 'tickwatch-images-'))
  const keysFile = join(dir, 'keys.json')
  const key = createSigningKey()
  const allow = (keys: readonly { pem: string }[]) => {
    const validity = { validFrom: '2026-01-01T00:00:00Z', validUntil: '2100-01-01T00:00:00Z' }
    const list = keys.map(({ pem }, i) => ({ name: `release-${i}`, publicKey: pem, ...validity }))
    writeFileSync(keysFile, JSON.stringify({ keys: list }))
  }
  let ministack: Awaited<ReturnType<typeof startMiniStack>> | undefined
  const url = () => ministack?.url ?? ''
  beforeAll(async () => {
    allow([key])
    ministack = await startMiniStack({ dir })
    vi.stubEnv('AWS_REGION', awsRegion)
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
    vi.stubEnv('AWS_ENDPOINT_URL', ministack.url)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await ministack?.stop()
    rmSync(dir, { recursive: true })
  })
  /** A build of now, without AMIs. */
  const builtNow = (version: string, change: Partial<Build> = {}): Omit<Build, 'amis'> => ({
    ...{ ...sampleBuild, version, ownerId: awsAccountId, builtAt: new Date() },
    ...change,
  })
  return {
    key,
    keysFile,
    allow,
    url,
    builtNow,
    /** A build whose AMIs EC2 has. */
    async built(version: string, change: Partial<Build> = {}): Promise<Build> {
      const of = builtNow(version, change)
      const tags = { 'tickwatch:role': of.name, 'tickwatch:commit': of.commit }
      const amis = await Promise.all(
        sampleBuild.amis.map(async ({ region, architecture }) => {
          const name = `${of.name}-${version}-${architecture}`
          return { region, architecture, imageId: await registerAmi(url(), { name, architecture, region, tags }) }
        }),
      )
      return { ...of, amis }
    },
  }
}
