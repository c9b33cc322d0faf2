import {
  CreateLaunchTemplateVersionCommand,
  DescribeImagesCommand,
  EC2Client,
  type LaunchTemplateVersion,
  paginateDescribeLaunchTemplateVersions,
} from '@aws-sdk/client-ec2'
import { clientConfig, endedBy } from '../clientConfig.ts'
import { asAwsError } from '../errors.ts'

export type TemplateVersion = { number: string; imageId: string; description: string; isDefault: boolean }

export type NewVersion = {
  templateId: string
  /** What it is a copy of, but for the image. */
  sourceVersion: string
  imageId: string
  /** At most 255 characters. */
  description: string
  /** At most 128 characters. Used again, it returns the version that it created. */
  clientToken: string
}

/** Launch templates and images of a region. */
export type Ec2 = {
  /** All versions of a launch template, the newest first. */
  versions(templateId: string, signal?: AbortSignal): Promise<TemplateVersion[]>
  createVersion(version: NewVersion, signal?: AbortSignal): Promise<void>
  /** Those of these images that are available. */
  availableImages(imageIds: readonly string[], signal?: AbortSignal): Promise<ReadonlySet<string>>
}

export function createEc2(region: string): Ec2 {
  const client = new EC2Client({ ...clientConfig, region })
  return {
    async versions(templateId, signal) {
      const found: TemplateVersion[] = []
      try {
        const pages = paginateDescribeLaunchTemplateVersions(
          { client, pageSize: 200 },
          { LaunchTemplateId: templateId },
          endedBy(signal),
        )
        for await (const { LaunchTemplateVersions = [] } of pages) found.push(...LaunchTemplateVersions.map(versionOf))
      } catch (cause) {
        throw asAwsError(`EC2 DescribeLaunchTemplateVersions ${templateId}`, cause)
      }
      return found.sort((a, b) => Number(b.number) - Number(a.number))
    },

    async createVersion({ templateId, sourceVersion, imageId, description, clientToken }, signal) {
      try {
        await client.send(
          new CreateLaunchTemplateVersionCommand({
            LaunchTemplateId: templateId,
            SourceVersion: sourceVersion,
            VersionDescription: description,
            LaunchTemplateData: { ImageId: imageId },
            ClientToken: clientToken,
          }),
          endedBy(signal),
        )
      } catch (cause) {
        throw asAwsError(`EC2 CreateLaunchTemplateVersion ${templateId}`, cause)
      }
    },

    async availableImages(imageIds, signal) {
      if (imageIds.length === 0) return new Set()
      try {
        // By a filter: one unknown ImageId would make the whole call fail.
        const Filters = [{ Name: 'image-id', Values: [...imageIds] }]
        const { Images = [] } = await client.send(new DescribeImagesCommand({ Filters }), endedBy(signal))
        return new Set(Images.flatMap(({ ImageId, State }) => (ImageId && State === 'available' ? [ImageId] : [])))
      } catch (cause) {
        throw asAwsError('EC2 DescribeImages', cause)
      }
    },
  }
}

const versionOf = (version: LaunchTemplateVersion): TemplateVersion => ({
  number: String(version.VersionNumber),
  imageId: version.LaunchTemplateData?.ImageId ?? '',
  description: version.VersionDescription ?? '',
  isDefault: version.DefaultVersion ?? false,
})
