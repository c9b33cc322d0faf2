import { createPublicKey } from 'node:crypto'
import { GetPublicKeyCommand, KMSClient, SignCommand } from '@aws-sdk/client-kms'
import { clientConfig, endedBy } from './clientConfig.ts'
import { asAwsError } from './errors.ts'

/** A KMS key with spec ECC_NIST_P256 and usage SIGN_VERIFY. The private key never leaves KMS. */
export type Signer = {
  /** The key's ARN, id or alias, as passed in. */
  keyId: string
  /** The ECDSA signature of a SHA-256 digest (32 bytes), as DER. `signal` ends the call. */
  sign(sha256: Uint8Array, signal?: AbortSignal): Promise<Uint8Array>
  /** The public key as SPKI PEM. */
  publicKeyPem(): Promise<string>
}

export function createSigner(keyId: string): Signer {
  const client = new KMSClient(clientConfig)
  return {
    keyId,

    async sign(sha256, signal) {
      try {
        const { Signature } = await client.send(
          new SignCommand({ KeyId: keyId, Message: sha256, MessageType: 'DIGEST', SigningAlgorithm: 'ECDSA_SHA_256' }),
          endedBy(signal),
        )
        if (!Signature) throw new TypeError('KMS returned no signature')
        return Signature
      } catch (cause) {
        throw asAwsError(`KMS Sign with ${keyId}`, cause)
      }
    },

    async publicKeyPem() {
      try {
        const { PublicKey } = await client.send(new GetPublicKeyCommand({ KeyId: keyId }))
        if (!PublicKey) throw new TypeError('KMS returned no public key')
        const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' })
        return key.export({ format: 'pem', type: 'spki' }).toString()
      } catch (cause) {
        throw asAwsError(`KMS GetPublicKey of ${keyId}`, cause)
      }
    },
  }
}
