import { createHash, randomBytes } from 'node:crypto'

/**
 * 256 random bits, so that a hash without salt can't be reversed.
 * @param prefix says what the token is for; secret scanners look for it
 */
export function makeToken(prefix: `tw_${string}_`): { token: string; sha256: string } {
  const token = `${prefix}${randomBytes(32).toString('base64url')}`
  return { token, sha256: sha256Of(token) }
}

/** What the database keeps of a token. */
export const sha256Of = (token: string): string => createHash('sha256').update(token).digest('hex')
