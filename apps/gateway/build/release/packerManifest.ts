import { z } from 'zod'
import { type Ami, architectures, type ReleaseRecord } from './record.ts'

/** https://developer.hashicorp.com/packer/docs/post-processors/manifest */
const schema = z.object({
  builds: z.array(
    z.object({
      name: z.string(),
      builder_type: z.literal('amazon-ebs'),
      /** `<region>:<AMI>`, separated by commas. */
      artifact_id: z.string(),
      custom_data: z.object({ commit: z.string(), gateway_sha256: z.string(), programs_sha256: z.string() }),
    }),
  ),
})

/**
 * The AMIs that Packer says that it made.
 * @param text of the file of its post-processor `manifest`
 * @throws Error if they are not those of this release: one for each architecture and region, of its commit and artifacts.
 */
export function amisInManifest(text: string, { commit, builds }: Pick<ReleaseRecord, 'commit' | 'builds'>): Ami[] {
  const { data, error } = schema.safeParse(JSON.parse(text))
  if (!data) throw new Error(`Packer’s manifest can’t be read: ${error.message}`)
  const amis = data.builds.flatMap(({ name, artifact_id, custom_data }) => {
    const architecture = architectures.find((each) => name === `gateway-${each}`)
    if (!architecture) throw new Error(`Packer built ${name}, which is not an image of the gateway.`)
    const build = builds.find((each) => each.architecture === architecture)
    const isOfThis =
      custom_data.commit === commit &&
      custom_data.gateway_sha256 === build?.artifactSha256 &&
      custom_data.programs_sha256 === build.programsSha256
    if (!isOfThis)
      throw new Error(`Packer built ${name} from another commit, artifact or programs than this release has.`)
    return artifact_id.split(',').map((each): Ami => {
      const [, region, imageId] = /^([a-z0-9-]+):(ami-[0-9a-f]+)$/.exec(each) ?? []
      if (!region || !imageId) throw new Error(`Packer names the AMI “${each}” of ${name}, not <region>:<AMI>.`)
      return { region, architecture, imageId }
    })
  })
  const places = new Set(amis.map(({ region, architecture }) => `${architecture} in ${region}`))
  if (places.size < amis.length) throw new Error('Packer’s manifest names two AMIs for one architecture and region.')
  const regions = [...new Set(amis.map(({ region }) => region))]
  const wanted = builds.flatMap(({ architecture }) => regions.map((region) => `${architecture} in ${region}`))
  const missing = wanted.filter((place) => !places.has(place))
  if (amis.length === 0 || missing.length > 0) {
    throw new Error(`Packer built no AMI of the gateway for ${missing.join(', ') || 'any architecture'}.`)
  }
  return amis
}
