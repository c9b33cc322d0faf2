import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { EC2Client } from '@aws-sdk/client-ec2'
import { SSMClient } from '@aws-sdk/client-ssm'

export type Clients = ReturnType<typeof clientsIn>

/** With the credentials that the SDK finds. They repeat what AWS throttles. */
export function clientsIn(region: string) {
  const config = { region, maxAttempts: 8 }
  return {
    region,
    autoScaling: new AutoScalingClient(config),
    cloudWatch: new CloudWatchClient(config),
    ec2: new EC2Client(config),
    ssm: new SSMClient(config),
  }
}
