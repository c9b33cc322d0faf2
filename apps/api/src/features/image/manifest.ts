import { idForms, sha256Pattern } from '@tickwatch/policy'
import { z } from 'zod'
import { idInput, timeInput } from '../../shared/inputs.ts'
import { jsonOf } from './jsonOf.ts'

/** As EC2 names them. */
export const architectures = ['x86_64', 'arm64'] as const

export const regionInput = z.string().regex(/^[a-z]{2}(-[a-z]+)+-[1-9]$/, 'Use a region of AWS, such as eu-central-1.')
export const amiIdInput = z
  .string()
  .regex(/^ami-[0-9a-f]{8,17}$/, 'Use the id of an AMI, such as ami-0123456789abcdef0.')
const sha256Input = z.string().regex(sha256Pattern, 'Use 64 lower-case hexadecimal digits.')

const build = z.object({
  architecture: z.enum(architectures),
  /** Of the gateway's artifact, or of what else the image is for. */
  artifactSha256: sha256Input.nullish(),
  /** Of the bytes of the two reports. */
  sbomSha256: sha256Input,
  vulnerabilitiesSha256: sha256Input,
  /** AMI ids by region. */
  amis: z.record(regionInput, amiIdInput),
})

/**
 * The build manifest, which pipelines write and sign. What this release does not know is ignored by the checks, and shown
 * like the rest (docs/image-catalogue.md).
 */
const manifestSchema = z.object({
  format: z.literal(1),
  name: idInput(idForms.image),
  version: idInput(idForms.imageVersion),
  commit: z.string().regex(/^[0-9a-f]{40}$/, 'Use the 40 hexadecimal digits of a Git commit.'),
  builtAt: timeInput,
  /** The AWS account of the AMIs. */
  ownerId: z.string().regex(/^\d{12}$/, 'Use the 12 digits of an AWS account.'),
  builds: z
    .array(build)
    .min(1)
    .max(architectures.length)
    .refine(
      (builds) => new Set(builds.map(({ architecture }) => architecture)).size === builds.length,
      'Name each architecture once.',
    ),
})

export type Manifest = z.output<typeof manifestSchema>

/** Reads the text of a manifest. @returns what is wrong with it, as a sentence, if it can't be read */
export function readManifest(text: string): { manifest: Manifest } | { fault: string } {
  const json = jsonOf(text)
  if (json === undefined) return { fault: 'It is not JSON.' }
  const { data, error } = manifestSchema.safeParse(json)
  if (data) return { manifest: data }
  const [issue] = error.issues
  return { fault: `${issue?.path.join('.')}: ${issue?.message}` }
}

/** An AMI of an image, as a pipeline registers it and as the manifest has it. */
export type ImageAmi = { region: string; architecture: string; imageId: string }

export const amisOf = ({ builds }: Manifest): ImageAmi[] =>
  builds.flatMap(({ architecture, amis }) =>
    Object.entries(amis).map(([region, imageId]) => ({ region, architecture, imageId })),
  )
