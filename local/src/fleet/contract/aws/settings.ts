import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import { readEnvironment } from '@tickwatch/policy'
import { z } from 'zod'

/** Of `npm run test:aws`; credentials are those that the SDK finds. */
export const awsContractEnvironment = z.object({
  AWS_REGION: z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, 'is not a region, such as eu-west-1'),
  /** Somebody must say that it may create instances, and where. */
  AWS_CONTRACT_ACCOUNT: z
    .string()
    .regex(/^\d{12}$/, 'must be the 12 digits of the account in which it may create instances'),
  AWS_CONTRACT_SUBNETS: z
    .string()
    .regex(/^subnet-[0-9a-f]+(,subnet-[0-9a-f]+)*$/, 'must be ids of subnets, such as subnet-1a,subnet-2b')
    .transform((text) => text.split(','))
    .optional(),
  AWS_CONTRACT_INSTANCE_TYPE: z.enum(['t4g.nano', 't3.nano']).default('t4g.nano'),
  AWS_CONTRACT_MINUTES: z.coerce.number().positive().max(240).default(120),
  AWS_CONTRACT_POLL_SECONDS: z.coerce.number().positive().max(60).default(10),
})
export type AwsContractSettings = z.infer<typeof awsContractEnvironment>

/** @throws EnvironmentError that names everything that is missing or wrong */
export const readSettings = (variables: NodeJS.ProcessEnv): AwsContractSettings =>
  readEnvironment('npm run test:aws', awsContractEnvironment, variables)

/** Why nothing was created. */
export class Refusal extends Error {
  override name = 'Refusal'
}

/** @throws Refusal if there are no credentials, AWS does not accept them, or they are not of this account */
export async function checkAccount(account: string, region: string): Promise<void> {
  const { Account } = await new STSClient({ region }).send(new GetCallerIdentityCommand()).catch((cause: Error) => {
    if (cause.name === 'CredentialsProviderError') {
      throw new Refusal(`There are no AWS credentials: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and its secret.`, {
        cause,
      })
    }
    throw new Refusal(`STS did not say whose the credentials are: ${cause.name}: ${cause.message}`, { cause })
  })
  if (Account === account) return
  throw new Refusal(`The credentials are of the account ${Account}, but AWS_CONTRACT_ACCOUNT names ${account}.`)
}
