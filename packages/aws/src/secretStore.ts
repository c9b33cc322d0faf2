import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { clientConfig, endedBy } from './clientConfig.ts'
import { AwsRefused, asAwsError } from './errors.ts'

/** AWS Secrets Manager. */
export type SecretStore = {
  /**
   * The newest text of a secret.
   * @param arn its ARN, with the six characters that AWS appends to its name.
   * @param signal ends the call.
   * @throws AwsRefused (`ResourceNotFoundException`, `AccessDeniedException`, `NotText` for a binary secret),
   *   AwsUnavailable
   */
  read(arn: string, signal?: AbortSignal): Promise<string>
}

export function createSecretStore(): SecretStore {
  const client = new SecretsManagerClient(clientConfig)
  return {
    async read(arn, signal) {
      try {
        const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }), endedBy(signal))
        if (SecretString === undefined) throw new AwsRefused(`the secret ${arn} has no text`, 'NotText')
        return SecretString
      } catch (cause) {
        throw asAwsError(`Secrets Manager GetSecretValue ${arn}`, cause)
      }
    },
  }
}
