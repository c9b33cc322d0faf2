import { readEnvironment } from '@tickwatch/policy'
import { z } from 'zod'
import { filesOf, readRecord } from './record.ts'
import { ask } from './tools.ts'

export const publishEnvironment = z.object({
  /** Without a tag. */
  IMAGE_REPOSITORY: z
    .string()
    .regex(/^[a-z0-9.-]+(:\d+)?\/[a-z0-9._/-]+$/, 'must be a repository of images, without a tag'),
})

export async function publishStep(folder: string, variables: NodeJS.ProcessEnv): Promise<void> {
  const { IMAGE_REPOSITORY } = readEnvironment('npm run image:publish', publishEnvironment, variables)
  console.log(`Published ${await publishRelease(folder, IMAGE_REPOSITORY)}.`)
}

/**
 * Uploads the OCI image, with its attestations, under the version as its tag. It needs `cosign`, which signs in to ECR with the
 * credentials of AWS.
 * @returns the image with its digest
 * @throws Error if the portal did not say that this release may roll out
 */
export async function publishRelease(folder: string, repository: string): Promise<string> {
  const { version, oci, isReady } = await readRecord(folder)
  if (!isReady) {
    throw new Error(`The portal has not said that gateway ${version} may roll out. Run: npm run image:register`)
  }
  await ask('cosign', ['load', '--dir', filesOf(folder).oci, `${repository}:${version}`])
  return `${repository}@${oci.digest}`
}
