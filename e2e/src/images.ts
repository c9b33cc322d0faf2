import { type Build, buildImage, openImageSigning, registerAmi } from '@tickwatch/local'
import { platformState } from './platform.ts'
import type { Caller } from './portal.ts'

type Registered = { id: string; name: string; version: string; ready: boolean }

/**
 * Registers an image of the name and version as a pipeline does, signed with the platform's key.
 * @param change what is different about the build
 * @param moreTags of its AMI
 */
export async function registerImage(
  platform: Caller,
  { name, version }: { name: string; version: string },
  change: Partial<Build> = {},
  moreTags: Readonly<Record<string, string>> = {},
): Promise<Registered> {
  const { addresses, aws } = platformState()
  const commit = 'c'.repeat(40)
  const tags = { 'tickwatch:role': name, 'tickwatch:commit': commit, ...moreTags }
  const architecture = 'x86_64'
  const imageId = await registerAmi(addresses.fleet ?? addresses.aws, {
    name: `${name}-${version}`,
    architecture,
    tags,
  })
  const build: Build = {
    ...{ name, version, commit, builtAt: new Date(), ownerId: '000000000000', changelog: 'For a browser test.' },
    amis: [{ region: aws.region, architecture, imageId }],
    packages: [{ name: 'zlib', version: '1.2.11', purl: 'pkg:rpm/amzn/zlib@1.2.11' }],
    ...{ vulnerabilities: [], configuration: {}, ...change },
  }
  const { token } = await platform.mutate<{ token: string }>('apiToken.create', {
    ...{ name: `e2e-images-${name}-${version}`, scopes: ['images:register'], expiresInDays: 1 },
  })
  const answer = await fetch(`${addresses.api}/v1/images`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(await buildImage(build, await openImageSigning(addresses.aws))),
  })
  if (!answer.ok) throw new Error(`the API answered ${answer.status}: ${await answer.text()}`)
  return (await answer.json()) as Registered
}
