import { awsRegion } from '../parts/aws/ministack.ts'

/** An AMI that MiniStack's EC2 knows. */
export type NewAmi = {
  name: string
  architecture: 'x86_64' | 'arm64'
  tags: Record<string, string>
  /** Whether its instances may answer IMDSv1. */
  imdsV1?: boolean
  region?: string
}

/** Registers an AMI, unless one has the name already. @param url of MiniStack @returns its id */
export async function registerAmi(url: string, ami: NewAmi): Promise<string> {
  const { name, architecture, tags, imdsV1 = false, region = awsRegion } = ami
  const known = await callEc2(url, region, {
    Action: 'DescribeImages',
    'Filter.1.Name': 'name',
    'Filter.1.Value.1': name,
  })
  const id = idIn(known)
  if (id !== null) return id
  const labels = Object.entries(tags).flatMap(([key, value], i) => [
    [`TagSpecification.1.Tag.${i + 1}.Key`, key],
    [`TagSpecification.1.Tag.${i + 1}.Value`, value],
  ])
  const answer = await callEc2(url, region, {
    ...{ Action: 'RegisterImage', Name: name, Architecture: architecture, VirtualizationType: 'hvm' },
    ...(imdsV1 ? {} : { ImdsSupport: 'v2.0' }),
    'TagSpecification.1.ResourceType': 'image',
    ...Object.fromEntries(labels),
  })
  const made = idIn(answer)
  if (made === null) throw new Error(`EC2 RegisterImage answered without an id: ${answer}`)
  return made
}

/** Removes an AMI, as someone does in the console. */
export async function deregisterAmi(url: string, imageId: string, region = awsRegion): Promise<void> {
  await callEc2(url, region, { Action: 'DeregisterImage', ImageId: imageId })
}

const idIn = (answer: string): string | null => /<imageId>(ami-[0-9a-f]+)<\/imageId>/.exec(answer)?.[1] ?? null

/** MiniStack reads account, region and service from the header and does not check the signature. */
async function callEc2(url: string, region: string, input: Record<string, string>): Promise<string> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=bootstrap/20260101/${region}/ec2/aws4_request, SignedHeaders=host, Signature=0`,
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: new URLSearchParams({ Version: '2016-11-15', ...input }).toString(),
    signal: AbortSignal.timeout(10_000),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`EC2 ${input.Action} answered ${answer.status}: ${text}`)
  return text
}
