import { type Bundle, bundleFromJSON, isBundleWithDsseEnvelope, isBundleWithPublicKey } from '@sigstore/bundle'
import { toSignedEntity, Verifier } from '@sigstore/verify'
import { type Refusal, refusal } from './checks.ts'
import { jsonOf } from './jsonOf.ts'
import type { SigningKey } from './keys.ts'

/** What a signature covers, and who made it. */
export type Signed = { payloadType: string; payload: Buffer; key: SigningKey }

const sign = 'Sign the manifest with cosign attest-blob and an allowed key.'

/**
 * Checks the signature of a Sigstore bundle against the allowed keys. Certificates, and what logs and timestamp authorities say,
 * are not trusted: only a key is.
 * @param text the bundle; null if nothing was signed
 * @param registeredAt by our clock. Nothing else proves when the signature was made, and it was not made later.
 */
export function verifySignature(
  text: string | null,
  keys: readonly SigningKey[],
  registeredAt: Date,
): { signed: Signed } | { refused: Refusal } {
  const refused = (...about: Parameters<typeof refusal>) => ({ refused: refusal(...about) })
  if (text === null) return refused('unsigned', 'The image is not signed: it came without a Sigstore bundle.', sign)
  let bundle: Bundle
  try {
    bundle = bundleFromJSON(jsonOf(text))
  } catch {
    return refused('bundle-unreadable', 'The Sigstore bundle can’t be read.', sign)
  }
  if (!isBundleWithDsseEnvelope(bundle)) {
    return refused('no-attestation', 'The bundle has a signature without an attestation.', sign)
  }
  if (!isBundleWithPublicKey(bundle)) {
    return refused('signed-without-key', 'The bundle names a certificate. Only keys are trusted.', sign)
  }
  const { hint } = bundle.verificationMaterial.content.publicKey
  const key = keys.find((each) => each.hint === hint)
  if (!key) {
    const remedy = 'Sign with an allowed key, or add this key to the file of IMAGE_KEYS_FILE.'
    return refused('key-unknown', `The key that signed, ${hint.slice(0, 80)}, is not allowed.`, remedy)
  }
  if (!holds(bundle, key)) {
    return refused(
      'signature-wrong',
      `The signature is not one of the key ${key.name} over this attestation.`,
      'Register what the pipeline signed, unchanged. If it is, the key was not used: find out who signed.',
    )
  }
  const validity = `The key ${key.name} is valid from ${key.validFrom.toISOString()} until ${key.validUntil.toISOString()}`
  const registered = `the image was registered at ${registeredAt.toISOString()}`
  const another = 'Build the image again and sign it with a key that is valid.'
  if (registeredAt >= key.validUntil) return refused('key-expired', `${validity}; ${registered}, after that.`, another)
  if (registeredAt < key.validFrom) {
    return refused('key-not-yet-valid', `${validity}; ${registered}, before that.`, another)
  }
  const { payloadType, payload } = bundle.content.dsseEnvelope
  return { signed: { payloadType, payload, key } }
}

/** Whether the key made the signature over the payload and its type. */
function holds(bundle: Bundle, key: SigningKey): boolean {
  const trusted = {
    ...{ certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] },
    // The library compares this only with timestamps, of which we trust none.
    publicKey: () => ({ publicKey: key.publicKey, validFor: () => true }),
  }
  const verifier = new Verifier(trusted, { ctlogThreshold: 0, tlogThreshold: 0, timestampThreshold: 0 })
  try {
    verifier.verify({ ...toSignedEntity(bundle), timestamps: [], tlogEntries: [] })
    return true
  } catch {
    return false
  }
}
