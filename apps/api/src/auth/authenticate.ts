import type { HeldRole } from '@tickwatch/policy'
import { z } from 'zod'
import { DomainError, unauthenticated } from '../shared/errors.ts'
import type { Caller } from './caller.ts'
import { IssuerUnavailable, type TokenIdentity, TokenRejected, type TokenVerifier } from './tokens.ts'

export type RequestFacts = {
  authorization: string | undefined
  /** The header `x-tickwatch-session`: the portal's session. */
  sessionId: string | undefined
  requestId: string
  source: string | null
}
export type EndedSessions = { hasEnded(sessionId: string): Promise<boolean> }
export type HeldRoles = { of(identity: Pick<TokenIdentity, 'email' | 'groups'>): Promise<readonly HeldRole[]> }

const sessionIdForm = z.uuid()

/**
 * Finds out who sent a request.
 * @throws DomainError `sign-in-needed` without a token, or if the session has ended. `token-refused` if another sign-in
 *   would not help; the sentence says why only if a setting of the issuer is the cause, the log always does.
 *   `issuer-unavailable` if the issuer does not answer.
 */
export async function authenticate(
  verifier: TokenVerifier,
  heldRoles: HeldRoles,
  endedSessions: EndedSessions,
  facts: RequestFacts,
): Promise<Caller> {
  const { identity, sessionId } = await identify(verifier, facts)
  const [held, ended] = await Promise.all([
    heldRoles.of(identity),
    // Not cached: a copied cookie must be refused from the moment of the sign-out.
    sessionId !== null && endedSessions.hasEnded(sessionId),
  ])
  if (ended) throw unauthenticated(new Error('the session was signed out'))
  return callerOf(identity, facts, sessionId, held)
}

/** The person without any role, for when Postgres does not answer. @throws DomainError as `authenticate` */
export async function authenticateAsGuest(verifier: TokenVerifier, facts: RequestFacts): Promise<Caller> {
  const { identity, sessionId } = await identify(verifier, facts)
  return { ...callerOf(identity, facts, sessionId, []), rolesUnknown: true }
}

/** Whom the token names, and the session that the request names. */
async function identify(verifier: TokenVerifier, facts: RequestFacts) {
  const token = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(facts.authorization ?? '')?.[1]
  if (!token) throw unauthenticated()
  const identity = await verifier.verify(token).catch((cause: unknown) => {
    if (cause instanceof TokenRejected) throw refused(cause)
    if (!(cause instanceof IssuerUnavailable)) throw cause
    throw new DomainError('unavailable', 'issuer-unavailable', 'Your sign-in cannot be checked right now. Try again.', {
      cause,
    })
  })
  const { sessionId = null } = facts
  if (sessionId !== null && !sessionIdForm.safeParse(sessionId).success) throw unauthenticated()
  return { identity, sessionId }
}

const callerOf = (
  identity: TokenIdentity,
  facts: RequestFacts,
  sessionId: string | null,
  held: readonly HeldRole[],
): Caller => ({
  subject: identity.subject,
  name: identity.name,
  email: identity.email,
  unverifiedEmail: identity.unverifiedEmail,
  groupsLeftOut: identity.groupsLeftOut,
  sessionId,
  held,
  expiresAtMs: identity.expiresAtMs,
  requestId: facts.requestId,
  source: facts.source,
})

function refused(cause: TokenRejected): DomainError {
  if (cause.why === 'expired') return unauthenticated(cause)
  const because =
    cause.why === 'audience'
      ? 'its access token is not for this API. The issuer must put the API’s audience into it (docs/sign-in.md)'
      : 'its access token is not valid here. The API’s log says why'
  return new DomainError('unauthenticated', 'token-refused', `The API does not accept this session: ${because}.`, {
    cause,
  })
}
