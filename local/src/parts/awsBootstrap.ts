import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { awsRegion } from './ministack.ts'

export const policyBucket = 'tickwatch-local-policy'
export const policyKeyAlias = 'alias/tickwatch-policy'

/**
 * Calls one JSON-protocol AWS API of MiniStack, which reads account, region and service from the header and checks no
 * signature. @throws Error with the API's own words.
 */
export async function callMiniStack<T>(url: string, target: string, input: object): Promise<T> {
  const service = target.startsWith('TrentService') ? 'kms' : 'ssm'
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
  // Some calls, like CreateAlias, answer an empty body.
  return JSON.parse(text || '{}') as T
}

const credential = (service: string) =>
  `AWS4-HMAC-SHA256 Credential=bootstrap/20260101/${awsRegion}/${service}/aws4_request, SignedHeaders=host, Signature=0`

/**
 * Makes what an account must have before Tickwatch runs in it: the bucket of policy bundles and the key that signs them.
 * The key's public half goes to `publicKeysFile`, which is part of the gateways' image. Repeating it changes nothing.
 */
export async function prepareAws(url: string, publicKeysFile: string): Promise<void> {
  const bucket = await fetch(`${url}/${policyBucket}`, {
    method: 'PUT',
    headers: { authorization: credential('s3') },
    signal: AbortSignal.timeout(10_000),
  })
  // us-east-1 answers 200 to the owner of a bucket that exists; other regions say 409.
  if (!bucket.ok && bucket.status !== 409) {
    throw new Error(`creating ${policyBucket} answered ${bucket.status}: ${await bucket.text()}`)
  }
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
