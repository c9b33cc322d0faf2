import { CreateAutoScalingGroupCommand, PutScheduledUpdateGroupActionCommand } from '@aws-sdk/client-auto-scaling'
import { PutMetricAlarmCommand } from '@aws-sdk/client-cloudwatch'
import {
  CreateLaunchTemplateCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeSubnetsCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2'
import { GetParametersCommand } from '@aws-sdk/client-ssm'
import type { Clients } from './clients.ts'
import { alarmDeletion, type Deletion, groupDeletion, templateDeletion } from './deletions.ts'
import { type AwsContractSettings, Refusal } from './settings.ts'

const purpose = 'Tickwatch: npm run test:aws'
/** After the time limit, in case that nobody deleted the group. */
const endsItselfAfterMinutes = 30

/**
 * Creates an alarm, a launch template and an Auto Scaling group of two instances, all of this name and tagged with what they
 * are for. The instances have no public address, no key and no role.
 * @param deletions gets what deletes each, before it is created
 * @returns the AMI that the group does not have
 * @throws Refusal if something that it needs is not there; what the SDK throws
 */
export async function setUp(
  clients: Clients,
  settings: AwsContractSettings,
  name: string,
  deletions: Deletion[],
  signal: AbortSignal,
): Promise<{ otherImage: string }> {
  const { autoScaling, cloudWatch, ec2 } = clients
  const [firstImage, otherImage] = await newestImages(clients, settings)
  const subnets = settings.AWS_CONTRACT_SUBNETS ?? (await subnetsOfDefaultVpc(clients, settings))
  const tags = [
    { Key: 'Name', Value: name },
    { Key: 'purpose', Value: purpose },
  ]

  signal.throwIfAborted()
  deletions.push(alarmDeletion(clients, name))
  // Nothing writes this metric, and without data the alarm keeps the state that it is given.
  await cloudWatch.send(
    new PutMetricAlarmCommand({
      ...{ AlarmName: name, AlarmDescription: purpose, ActionsEnabled: false, Tags: tags, TreatMissingData: 'ignore' },
      ...{ Namespace: 'Tickwatch/Contract', MetricName: name, Statistic: 'Sum', Period: 60, EvaluationPeriods: 1 },
      ...{ ComparisonOperator: 'GreaterThanThreshold', Threshold: 1 },
    }),
  )

  signal.throwIfAborted()
  deletions.push(templateDeletion(clients, name))
  const { LaunchTemplate } = await ec2.send(
    new CreateLaunchTemplateCommand({
      LaunchTemplateName: name,
      LaunchTemplateData: {
        ImageId: firstImage,
        InstanceType: settings.AWS_CONTRACT_INSTANCE_TYPE,
        // T instances may otherwise use more of the processor than they have, for money.
        CreditSpecification: { CpuCredits: 'standard' },
        MetadataOptions: { HttpTokens: 'required' },
        NetworkInterfaces: [{ DeviceIndex: 0, AssociatePublicIpAddress: false, DeleteOnTermination: true }],
        TagSpecifications: [
          { ResourceType: 'instance', Tags: tags },
          { ResourceType: 'volume', Tags: tags },
        ],
      },
      TagSpecifications: [{ ResourceType: 'launch-template', Tags: tags }],
    }),
  )

  signal.throwIfAborted()
  const everyMs = settings.AWS_CONTRACT_POLL_SECONDS * 1_000
  deletions.push(groupDeletion(clients, name, everyMs))
  await autoScaling.send(
    new CreateAutoScalingGroupCommand({
      AutoScalingGroupName: name,
      LaunchTemplate: { LaunchTemplateId: LaunchTemplate?.LaunchTemplateId, Version: '1' },
      VPCZoneIdentifier: subnets.join(','),
      ...{ MinSize: 0, DesiredCapacity: 2, MaxSize: 4 },
      ...{ HealthCheckType: 'EC2', HealthCheckGracePeriod: 0, DefaultInstanceWarmup: 0 },
      Tags: tags.map((tag) => ({ ...tag, PropagateAtLaunch: false })),
    }),
  )
  // If this process is killed, nobody deletes the group. Then at least its instances end.
  const minutes = settings.AWS_CONTRACT_MINUTES + endsItselfAfterMinutes
  await autoScaling.send(
    new PutScheduledUpdateGroupActionCommand({
      AutoScalingGroupName: name,
      ScheduledActionName: 'end',
      StartTime: new Date(Date.now() + minutes * 60_000),
      ...{ MinSize: 0, DesiredCapacity: 0, MaxSize: 0 },
    }),
  )
  return { otherImage }
}

/** The ids of the newest Amazon Linux 2023 and of its minimal variant: a rollback needs the id of an AMI, not a parameter. */
async function newestImages({ ssm, region }: Clients, settings: AwsContractSettings): Promise<[string, string]> {
  const architecture = settings.AWS_CONTRACT_INSTANCE_TYPE === 't4g.nano' ? 'arm64' : 'x86_64'
  const nameOf = (variant: string) =>
    `/aws/service/ami-amazon-linux-latest/al2023-ami-${variant}kernel-default-${architecture}`
  const Names = [nameOf(''), nameOf('minimal-')]
  const { Parameters = [] } = await ssm.send(new GetParametersCommand({ Names }))
  const [first, other] = Names.map((name) => Parameters.find(({ Name }) => Name === name)?.Value)
  if (!first?.startsWith('ami-') || !other?.startsWith('ami-')) {
    throw new Refusal(`${region} does not have the public parameters ${Names.join(' and ')}.`)
  }
  return [first, other]
}

/** Those in zones that have the type of the instances. */
async function subnetsOfDefaultVpc({ ec2, region }: Clients, settings: AwsContractSettings): Promise<string[]> {
  const is = (Name: string, value: string) => ({ Name, Values: [value] })
  const { Vpcs = [] } = await ec2.send(new DescribeVpcsCommand({ Filters: [is('is-default', 'true')] }))
  const vpc = Vpcs[0]?.VpcId
  if (!vpc) throw new Refusal(`${region} has no default VPC. Set AWS_CONTRACT_SUBNETS to the ids of subnets.`)
  const type = settings.AWS_CONTRACT_INSTANCE_TYPE
  const { InstanceTypeOfferings = [] } = await ec2.send(
    new DescribeInstanceTypeOfferingsCommand({
      LocationType: 'availability-zone',
      Filters: [is('instance-type', type)],
    }),
  )
  const zones = new Set(InstanceTypeOfferings.map(({ Location }) => Location))
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ Filters: [is('vpc-id', vpc)] }))
  const found = Subnets.flatMap(({ SubnetId, AvailabilityZone }) =>
    SubnetId && zones.has(AvailabilityZone) ? [SubnetId] : [],
  )
  if (found.length === 0) {
    throw new Refusal(`The default VPC of ${region} has no subnet in a zone with ${type}. Set AWS_CONTRACT_SUBNETS.`)
  }
  return found
}
