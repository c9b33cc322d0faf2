import type { LocalState } from './localState.ts'

/** The environment variables that the AWS SDK of a part reads. */
export const awsEnvironment = (state: LocalState) => ({
  AWS_REGION: state.aws.region,
  AWS_ACCESS_KEY_ID: state.aws.accessKeyId,
  AWS_SECRET_ACCESS_KEY: state.aws.secretAccessKey,
  AWS_ENDPOINT_URL: state.addresses.aws,
  // Without this the SDK asks the instance metadata service, which a laptop does not have.
  AWS_EC2_METADATA_DISABLED: 'true',
})
