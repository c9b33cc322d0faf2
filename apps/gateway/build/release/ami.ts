import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readEnvironment } from '@tickwatch/policy'
import { z } from 'zod'
import { root } from '../sources.ts'
import { amisInManifest } from './packerManifest.ts'
import { filesOf, readRecord, writeRecord } from './record.ts'
import { show } from './tools.ts'

const json = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    context.addIssue({ code: 'custom', message: 'is not JSON' })
    return z.NEVER
  }
})

export const amiEnvironment = z.object({
  /** Of `packer/templates/variables.pkr.hcl`, those that only the account knows. */
  PACKER_VARIABLES: json.pipe(
    z.strictObject({
      region: z.string(),
      kms_keys: z.record(z.string(), z.string()),
      subnet_id: z.string(),
      instance_profile: z.string(),
    }),
  ),
  POLICY_PUBLIC_KEYS: z.string().includes('-----BEGIN PUBLIC KEY-----'),
})

const templates = join(root, 'packer', 'templates')

/** Builds the AMIs of the gateway with Packer, from the artifacts that were built. It needs `packer` and AWS's session manager plugin. */
export async function amiStep(folder: string, variables: NodeJS.ProcessEnv): Promise<void> {
  const settings = readEnvironment('npm run image:ami', amiEnvironment, variables)
  const record = await readRecord(folder)
  const at = (name: string) => join(folder, name)
  const { artifact, programs, packageLists } = filesOf(folder)
  const artifacts = record.builds.map(({ architecture, artifactSha256: sha256 }) => [
    architecture,
    { file: artifact(sha256), sha256 },
  ])
  const programTars = record.builds.map(({ architecture, programsSha256: sha256 }) => [
    architecture,
    { file: programs(architecture), sha256 },
  ])
  const policyKeys = at('policy-keys.pem')
  const manifest = at('packer.json')
  const all = {
    ...settings.PACKER_VARIABLES,
    ...{ commit: record.commit, gateway_artifacts: Object.fromEntries(artifacts), manifest },
    gateway_programs: Object.fromEntries(programTars),
    ...{ policy_public_keys: policyKeys, package_lists: packageLists },
  }
  const file = at('images.pkrvars.json')
  await writeFile(policyKeys, settings.POLICY_PUBLIC_KEYS)
  await writeFile(file, JSON.stringify(all, null, 2))
  await mkdir(packageLists, { recursive: true })
  // Packer adds to a manifest that is there.
  await rm(manifest, { force: true })
  await show('packer', ['init', templates])
  await show('packer', ['build', '-color=false', '-only=images.amazon-ebs.gateway-*', `-var-file=${file}`, templates])
  const list = amisInManifest(await readFile(manifest, 'utf8'), record)
  await writeRecord(folder, { ...record, amis: { builtAt: new Date().toISOString(), list }, isReady: false })
  for (const { region, architecture, imageId } of list) console.log(`${imageId} in ${region} for ${architecture}`)
}
