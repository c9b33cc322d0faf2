import { DescribeImagesCommand, EC2Client, type Image } from '@aws-sdk/client-ec2'
import { clientConfig, endedBy } from './clientConfig.ts'
import { asAwsError } from './errors.ts'

/** What EC2 says of an AMI. */
export type Ami = {
  imageId: string
  /** The account that owns it, 12 digits. */
  ownerId: string
  /** `available`, `pending`, `disabled`, … */
  state: string
  /** `x86_64` or `arm64` for our images. */
  architecture: string
  /** `v2.0` if instances of it answer only IMDSv2; null if the AMI does not say. */
  imdsSupport: string | null
  tags: Record<string, string>
}

/** The AMIs of EC2. */
export type Amis = {
  /**
   * Those of these AMIs that this account may see in the region, in any order. AMIs that EC2 does not know are left out.
   * @param signal ends the calls.
   * @throws AwsRefused (`UnauthorizedOperation`), AwsUnavailable
   */
  describe(region: string, imageIds: readonly string[], signal?: AbortSignal): Promise<Ami[]>
}

/** EC2 allows 200 values of a filter. */
const idsInCall = 200

export function createAmis(): Amis {
  const clients = new Map<string, EC2Client>()
  const clientOf = (region: string) => {
    const client = clients.get(region) ?? new EC2Client({ ...clientConfig, region })
    clients.set(region, client)
    return client
  }
  return {
    async describe(region, imageIds, signal) {
      const found: Ami[] = []
      for (let at = 0; at < imageIds.length; at += idsInCall) {
        // By a filter: if one of `ImageIds` does not exist, EC2 refuses the whole call.
        const Filters = [{ Name: 'image-id', Values: imageIds.slice(at, at + idsInCall) }]
        let NextToken: string | undefined
        try {
          do {
            const answer = await clientOf(region).send(
              new DescribeImagesCommand({ Filters, IncludeDeprecated: true, IncludeDisabled: true, NextToken }),
              endedBy(signal),
            )
            found.push(...(answer.Images ?? []).map(amiOf))
            NextToken = answer.NextToken
          } while (NextToken)
        } catch (cause) {
          throw asAwsError(`EC2 DescribeImages in ${region}`, cause)
        }
      }
      return found
    },
  }
}

const amiOf = ({ ImageId, OwnerId, State, Architecture, ImdsSupport, Tags }: Image): Ami => ({
  imageId: ImageId ?? '',
  ownerId: OwnerId ?? '',
  state: State ?? '',
  architecture: Architecture ?? '',
  imdsSupport: ImdsSupport ?? null,
  tags: Object.fromEntries((Tags ?? []).map(({ Key, Value }) => [Key ?? '', Value ?? ''])),
})
