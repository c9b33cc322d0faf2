import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { idForms } from '@tickwatch/policy'
import { z } from 'zod'
import { keptFor } from '../../shared/cached.ts'
import { idInput, timeInput } from '../../shared/inputs.ts'

/** A key whose signatures make images trusted. */
export type SigningKey = {
  name: string
  publicKey: KeyObject
  /** How bundles name it: base64 of the SHA-256 of its SPKI DER, as cosign does. */
  hint: string
  validFrom: Date
  /** Not included. */
  validUntil: Date
}

/** The file of the keys can't be read, so no image is trusted. */
export class KeysUnreadable extends Error {
  override name = 'KeysUnreadable'
}

const file = z.object({
  keys: z.array(
    z.object({ name: idInput(idForms.peer), publicKey: z.string(), validFrom: timeInput, validUntil: timeInput }),
  ),
})

/** @param text of the file: `{"keys": [{"name", "publicKey", "validFrom", "validUntil"}]}` @throws KeysUnreadable */
export function parseKeys(text: string): SigningKey[] {
  try {
    const { keys } = file.parse(JSON.parse(text))
    return keys.map(({ name, publicKey: pem, validFrom, validUntil }) => {
      const publicKey = createPublicKey(pem)
      if (publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
        throw new TypeError(`the key ${name} is not of the curve P-256`)
      }
      const times = { validFrom: new Date(validFrom), validUntil: new Date(validUntil) }
      return { name, publicKey, hint: hintOf(publicKey), ...times }
    })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new KeysUnreadable(`The keys of images can't be read: ${why}`, { cause })
  }
}

const hintOf = (publicKey: KeyObject): string =>
  createHash('sha256')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64')

const rereadAfterMs = 5_000

/**
 * The allowed keys. The file is read again after a few seconds, so that a key that was removed from it is not trusted any more
 * although nobody restarted the API.
 * @param path with `none` no key is allowed
 * @returns a function that throws KeysUnreadable
 */
export const createKeys = (path: string): (() => Promise<SigningKey[]>) =>
  keptFor(rereadAfterMs, async () => {
    if (path === 'none') return []
    const text = await readFile(path, 'utf8').catch((cause: unknown) => {
      throw new KeysUnreadable(`The keys of images can't be read from ${path}`, { cause })
    })
    return parseKeys(text)
  })
