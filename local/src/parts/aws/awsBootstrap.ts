import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { awsAccountId, awsRegion } from './ministack.ts'

export const policyBucket = 'tickwatch-local-policy'
export const auditBucket = 'tickwatch-local-audit'
export const policyKeyAlias = 'alias/tickwatch-policy'
const alerts = 'tickwatch-alerts'
const deadAlerts = `${alerts}-dead`
export const alertsTopicArn = `arn:aws:sns:${awsRegion}:${awsAccountId}:${alerts}`
const queueArn = (name: string) => `arn:aws:sqs:${awsRegion}:${awsAccountId}:${name}`
/** @param url of MiniStack */
export const alertsQueueUrl = (url: string) => `${url}/${awsAccountId}/${alerts}`

const services: Partial<Record<string, string>> = {
  TrentService: 'kms',
  AmazonSQS: 'sqs',
  secretsmanager: 'secretsmanager',
}

/**
 * Calls a JSON-protocol AWS API of MiniStack. MiniStack reads account, region and service from the header and does not
 * check the signature. @throws Error with the API's message.
 */
export async function callMiniStack<T>(url: string, target: string, input: object): Promise<T> {
  const [prefix = ''] = target.split('.')
  const service = services[prefix] ?? 'ssm'
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': target,
      authorization: credential(service),
    },
    body: JSON.stringify(input),
    signal: AbortSignal.timeout(10_000),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${target} answered ${response.status}: ${text}`)
  // Some calls, such as CreateAlias, return an empty body.
  return JSON.parse(text || '{}') as T
}

const complianceYear = [
  '<ObjectLockConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ObjectLockEnabled>Enabled</ObjectLockEnabled>',
  '<Rule><DefaultRetention><Mode>COMPLIANCE</Mode><Years>1</Years></DefaultRetention></Rule></ObjectLockConfiguration>',
].join('')

async function putS3(url: string, headers: Record<string, string> = {}, body = ''): Promise<void> {
  const answer = await fetch(url, {
    method: 'PUT',
    headers: { authorization: credential('s3'), ...headers },
    body,
    signal: AbortSignal.timeout(10_000),
  })
  // If the owner's bucket exists already, us-east-1 answers 200 and other regions answer 409.
  if (!answer.ok && answer.status !== 409) {
    throw new Error(`PUT ${url} answered ${answer.status}: ${await answer.text()}`)
  }
}

async function callSns(url: string, input: Record<string, string>): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { authorization: credential('sns'), 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ Version: '2010-03-31', ...input }).toString(),
    signal: AbortSignal.timeout(10_000),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`SNS ${input.Action} answered ${answer.status}: ${text}`)
}

/** The topic to which AMP's Alertmanager publishes, the queue that gets what is published, and its dead-letter queue. */
async function prepareAlerts(url: string): Promise<void> {
  const retention = { MessageRetentionPeriod: '1209600' }
  await callMiniStack(url, 'AmazonSQS.CreateQueue', { QueueName: deadAlerts, Attributes: retention })
  const allowed = {
    Effect: 'Allow',
    Principal: { Service: 'sns.amazonaws.com' },
    Action: 'sqs:SendMessage',
    Resource: queueArn(alerts),
    Condition: { ArnEquals: { 'aws:SourceArn': alertsTopicArn } },
  }
  await callMiniStack(url, 'AmazonSQS.CreateQueue', {
    QueueName: alerts,
    Attributes: {
      ...retention,
      Policy: JSON.stringify({ Version: '2012-10-17', Statement: [allowed] }),
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: queueArn(deadAlerts), maxReceiveCount: 20 }),
    },
  })
  await callSns(url, { Action: 'CreateTopic', Name: alerts })
  await callSns(url, { Action: 'Subscribe', TopicArn: alertsTopicArn, Protocol: 'sqs', Endpoint: queueArn(alerts) })
}

const credential = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=bootstrap/20260101/${awsRegion}/${service}/aws4_request, SignedHeaders=host, Signature=0`

/**
 * Creates what an account needs before Tickwatch runs in it: the bucket of policy bundles, the key that signs them, the
 * bucket of audit checkpoints, where nothing can be deleted or overwritten for a year, and the topic and queues of alerts.
 * Writes the public half of the key to `publicKeysFile`, which is part of the gateways' image. A second call changes
 * nothing.
 */
export async function prepareAws(url: string, publicKeysFile: string): Promise<void> {
  await putS3(`${url}/${policyBucket}`)
  await putS3(`${url}/${auditBucket}`, { 'x-amz-bucket-object-lock-enabled': 'true' })
  await putS3(`${url}/${auditBucket}?object-lock`, {}, complianceYear)
  await prepareAlerts(url)
  const { Aliases } = await callMiniStack<{ Aliases: { AliasName: string }[] }>(url, 'TrentService.ListAliases', {})
  if (!Aliases.some((alias) => alias.AliasName === policyKeyAlias)) {
    const { KeyMetadata } = await callMiniStack<{ KeyMetadata: { KeyId: string } }>(url, 'TrentService.CreateKey', {
      KeySpec: 'ECC_NIST_P256',
      KeyUsage: 'SIGN_VERIFY',
      Description: 'signs policy bundles',
    })
    await callMiniStack(url, 'TrentService.CreateAlias', {
      AliasName: policyKeyAlias,
      TargetKeyId: KeyMetadata.KeyId,
    })
  }
  const { PublicKey } = await callMiniStack<{ PublicKey: string }>(url, 'TrentService.GetPublicKey', {
    KeyId: policyKeyAlias,
  })
  mkdirSync(dirname(publicKeysFile), { recursive: true })
  const lines = PublicKey.match(/.{1,64}/g) ?? []
  writeFileSync(publicKeysFile, ['-----BEGIN PUBLIC KEY-----', ...lines, '-----END PUBLIC KEY-----', ''].join('\n'))
}
