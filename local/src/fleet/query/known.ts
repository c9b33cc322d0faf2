/**
 * The parameters of each call that the fleet heeds, lists without their numbers. Any other is refused: AWS would heed it, and who
 * ignores it gives an answer that AWS does not give.
 */
const known: Readonly<Record<string, readonly string[]>> = {
  StartInstanceRefresh: [
    'AutoScalingGroupName',
    'Strategy',
    ...['LaunchTemplateId', 'LaunchTemplateName', 'Version'].map(
      (name) => `DesiredConfiguration.LaunchTemplate.${name}`,
    ),
    ...[
      ...['MinHealthyPercentage', 'MaxHealthyPercentage', 'CheckpointPercentages', 'CheckpointDelay', 'BakeTime'],
      ...['AlarmSpecification.Alarms', 'AutoRollback', 'SkipMatching', 'ScaleInProtectedInstances', 'StandbyInstances'],
    ].map((name) => `Preferences.${name}`),
  ],
  RollbackInstanceRefresh: ['AutoScalingGroupName'],
  CancelInstanceRefresh: ['AutoScalingGroupName', 'WaitForTransitioningInstances'],
  DescribeInstanceRefreshes: ['AutoScalingGroupName', 'InstanceRefreshIds', 'MaxRecords', 'NextToken'],
  DescribeAutoScalingGroups: ['AutoScalingGroupNames', 'MaxRecords', 'NextToken'],
  DescribeAutoScalingInstances: ['InstanceIds', 'MaxRecords', 'NextToken'],
  CreateLaunchTemplateVersion: [
    ...['LaunchTemplateId', 'LaunchTemplateName', 'SourceVersion', 'VersionDescription', 'ClientToken'],
    'LaunchTemplateData.ImageId',
  ],
  DescribeLaunchTemplateVersions: [
    ...['LaunchTemplateId', 'LaunchTemplateName', 'LaunchTemplateVersion', 'MaxResults', 'NextToken'],
  ],
  // No image here is deprecated, and one that is not available is not found.
  DescribeImages: ['ImageId', 'Filter.Name', 'Filter.Value', 'IncludeDeprecated', 'IncludeDisabled'],
  RegisterImage: [
    ...['Name', 'Architecture', 'VirtualizationType', 'ImdsSupport'],
    ...['TagSpecification.ResourceType', 'TagSpecification.Tag.Key', 'TagSpecification.Tag.Value'],
  ],
  DeregisterImage: ['ImageId'],
}

/** Those of these parameters that the fleet does not heed. @param names such as `Filter.1.Value.1` */
export function unknownParameters(action: string, names: Iterable<string>): string[] {
  const heeded = ['Action', 'Version', ...(known[action] ?? [])]
  return [...names].filter((name) => !heeded.includes(name.replaceAll(/\.(member\.)?\d+/g, '')))
}
