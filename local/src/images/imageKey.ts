import { createHash, createPublicKey } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { callMiniStack } from '../parts/aws/awsBootstrap.ts'
import { hintOf, type Signing } from './buildImage.ts'

const keyAlias = 'alias/tickwatch-images'

/**
 * Creates the KMS key with which the local pipeline signs images, unless it exists, and writes the file of allowed keys, which the
 * API reads (`IMAGE_KEYS_FILE`).
 * @param url of MiniStack
 */
export async function prepareImageKey(url: string, keysFile: string): Promise<void> {
  const { Aliases } = await callMiniStack<{ Aliases: { AliasName: string }[] }>(url, 'TrentService.ListAliases', {})
  if (!Aliases.some((alias) => alias.AliasName === keyAlias)) {
    const spec = { KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY', Description: 'signs golden images' }
    const { KeyMetadata } = await callMiniStack<{ KeyMetadata: { KeyId: string } }>(url, 'TrentService.CreateKey', spec)
    await callMiniStack(url, 'TrentService.CreateAlias', { AliasName: keyAlias, TargetKeyId: KeyMetadata.KeyId })
  }
  const validity = { validFrom: '2026-01-01T00:00:00Z', validUntil: '2100-01-01T00:00:00Z' }
  const keys = [{ name: 'local-images', publicKey: await publicKeyPem(url), ...validity }]
  mkdirSync(dirname(keysFile), { recursive: true })
  writeFileSync(keysFile, `${JSON.stringify({ keys }, null, 2)}\n`)
}

/** Signs with that key. @param url of MiniStack */
export async function openImageSigning(url: string): Promise<Signing> {
  return {
    hint: hintOf(await publicKeyPem(url)),
    async sign(bytes) {
      const { Signature } = await callMiniStack<{ Signature: string }>(url, 'TrentService.Sign', {
        ...{ KeyId: keyAlias, MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' },
        Message: createHash('sha256').update(bytes).digest('base64'),
      })
      return Buffer.from(Signature, 'base64')
    },
  }
}

async function publicKeyPem(url: string): Promise<string> {
  const about = { KeyId: keyAlias }
  const { PublicKey } = await callMiniStack<{ PublicKey: string }>(url, 'TrentService.GetPublicKey', about)
  const key = createPublicKey({ key: Buffer.from(PublicKey, 'base64'), format: 'der', type: 'spki' })
  return key.export({ type: 'spki', format: 'pem' }).toString()
}
