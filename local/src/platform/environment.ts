import type { LocalState } from './localState.ts'

/** What the AWS SDK of a part reads. */
export const awsEnvironment = (state: LocalState) => ({
  AWS_REGION: state.aws.region,
  AWS_ACCESS_KEY_ID: state.aws.accessKeyId,
  AWS_SECRET_ACCESS_KEY: state.aws.secretAccessKey,
  AWS_ENDPOINT_URL: state.addresses.aws,
  // Without it the SDK asks the instance metadata service, which a laptop lacks.
  AWS_EC2_METADATA_DISABLED: 'true',
})
