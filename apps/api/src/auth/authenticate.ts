import type { HeldRole } from '@tickwatch/policy'
import { DomainError, unauthenticated } from '../shared/errors.ts'
import type { Caller } from './caller.ts'
import { IssuerUnavailable, type TokenIdentity, TokenRejected, type TokenVerifier } from './tokens.ts'

export type RequestFacts = { authorization: string | undefined; requestId: string; source: string | null }
export type HeldRoles = { of(identity: Pick<TokenIdentity, 'email' | 'groups'>): Promise<readonly HeldRole[]> }

/**
 * Finds out who sent a request.
 * @throws DomainError `unauthenticated` if the token is not valid: only the log says why. `unavailable` if the issuer
 *   does not answer.
 */
export async function authenticate(
  verifier: TokenVerifier,
  heldRoles: HeldRoles,
  facts: RequestFacts,
): Promise<Caller> {
  const token = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(facts.authorization ?? '')?.[1]
  if (!token) throw unauthenticated()
  const identity = await verifier.verify(token).catch((cause: unknown) => {
    if (cause instanceof TokenRejected) throw unauthenticated(cause)
    if (!(cause instanceof IssuerUnavailable)) throw cause
    throw new DomainError('unavailable', 'issuer-unavailable', 'Your sign-in cannot be checked right now. Try again.', {
      cause,
    })
  })
  return {
    subject: identity.subject,
    name: identity.name,
    email: identity.email,
    held: await heldRoles.of(identity),
    expiresAtMs: identity.expiresAtMs,
    requestId: facts.requestId,
    source: facts.source,
  }
}
