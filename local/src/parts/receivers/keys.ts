import { createHash } from 'node:crypto'
import type { Secrets } from '../../platform/secrets.ts'
import { callMiniStack } from '../aws/awsBootstrap.ts'
import { awsAccountId, awsRegion } from '../aws/ministack.ts'
import type { ReceiverKeys } from './receivers.ts'

/** The keys of the receivers on this machine, made from a secret of this platform: a platform that is older has none stored. */
export function receiverKeys({ sessionSecret }: Secrets): ReceiverKeys {
  const key = (name: string) => createHash('sha256').update(`${name} ${sessionSecret}`).digest()
  return {
    pagerDutyRoutingKey: key('pagerduty').toString('hex').slice(0, 32),
    pagerDutyWebhookSecret: key('pagerduty webhook').toString('hex'),
    slackToken: `xoxb-${key('slack').toString('hex')}`,
    webhookSecret: `whsec_${key('webhook').toString('base64')}`,
    mail: { user: 'tickwatch', pass: key('mail').toString('base64url') },
  }
}

/** Keeps the keys in Secrets Manager. @returns the references to them, by what they are for. */
export async function storeReceiverKeys(awsUrl: string, keys: ReceiverKeys) {
  const { pagerDutyRoutingKey, pagerDutyWebhookSecret, slackToken, webhookSecret, mail } = keys
  return {
    pagerDuty: await storeSecret(awsUrl, 'pagerduty', pagerDutyRoutingKey),
    pagerDutyWebhook: await storeSecret(awsUrl, 'pagerduty-webhook', pagerDutyWebhookSecret),
    slack: await storeSecret(awsUrl, 'slack', slackToken),
    webhook: await storeSecret(awsUrl, 'webhook', webhookSecret),
    mail: await storeSecret(awsUrl, 'mail', JSON.stringify(mail)),
  }
}

/** Creates the secret, or gives it this text. */
async function storeSecret(awsUrl: string, name: string, text: string): Promise<string> {
  const Name = secretName(name)
  const call = <T>(action: string, input: object) => callMiniStack<T>(awsUrl, `secretsmanager.${action}`, input)
  try {
    const { ARN } = await call<{ ARN: string }>('CreateSecret', { Name, SecretString: text })
    return `secretsmanager:${ARN}`
  } catch (error) {
    if (!String(error).includes('ResourceExistsException')) throw error
    const { ARN } = await call<{ ARN: string }>('PutSecretValue', { SecretId: Name, SecretString: text })
    return `secretsmanager:${ARN}`
  }
}

const secretName = (name: string) => `tickwatch/local/${name}`
/** Without the random characters at the end of its ARN, which nobody knows before it is created. AWS finds it too. */
export const mailSecret = `secretsmanager:arn:aws:secretsmanager:${awsRegion}:${awsAccountId}:secret:${secretName('mail')}`
