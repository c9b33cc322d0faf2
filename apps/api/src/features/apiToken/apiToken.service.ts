import { randomUUID } from 'node:crypto'
import { apiTokens, auditLog, type Database, type StoredApiToken } from '@tickwatch/db'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import { makeToken, sha256Of } from '../../shared/secretToken.ts'
import {
  alreadyRevoked,
  nameTaken,
  notConfirmed,
  scopeMissing,
  tokenMissing,
  tokenRefused,
  tooMany,
} from './apiToken.errors.ts'
import type { ApiTokensView, ApiTokenView, CreatedApiToken, createInput, revokeInput, Scope } from './apiToken.types.ts'

/** The program that sent a request. */
export type TokenCaller = { tokenId: string; name: string; scopes: readonly string[] }

export type ApiTokenService = {
  list(): Promise<ApiTokensView>
  create(caller: Caller, input: z.output<typeof createInput>): Promise<CreatedApiToken>
  /** Cannot be undone. The next request with it is refused. */
  revoke(caller: Caller, input: z.output<typeof revokeInput>): Promise<ApiTokenView>
  /**
   * The program that sent a request, by its header `authorization`. Records the use.
   * @throws `unauthenticated` without a live token, `forbidden` if it does not have the scope
   */
  authenticate(authorization: string | undefined, scope: Scope): Promise<TokenCaller>
}

const liveMax = 100
const listMax = 200
const dayMs = 86_400_000

export function createApiTokenService(db: Database): ApiTokenService {
  return {
    list: () =>
      db.platform(async (tx) => {
        const now = new Date()
        return { items: (await apiTokens.list(tx, listMax)).map((token) => viewOf(token, now)), liveMax }
      }),

    create: (caller, { name, scopes, expiresInDays }) =>
      db.platform(async (tx) => {
        await apiTokens.lock(tx)
        const now = new Date()
        const live = await apiTokens.live(tx, now)
        if (live.some((other) => other.name === name)) throw nameTaken(name)
        if (live.length >= liveMax) throw tooMany(liveMax)
        const { token, sha256 } = makeToken('tw_a_')
        const made = {
          ...{ id: randomUUID(), name, sha256, scopes: [...new Set(scopes)], createdAt: now, by: personOf(caller) },
          expiresAt: new Date(now.getTime() + expiresInDays * dayMs),
        }
        await apiTokens.create(tx, made)
        const after = { id: made.id, scopes: made.scopes, expiresAt: made.expiresAt.toISOString() }
        await auditLog.append(tx, personEvent(caller, { action: 'apiToken.create', target: name, after }))
        return { apiToken: viewOf({ ...made, revoked: null, lastUsedAt: null }, now), token }
      }),

    revoke: (caller, { id, confirm }) =>
      db.platform(async (tx) => {
        const now = new Date()
        const known = await apiTokens.byId(tx, id)
        if (!known) throw notFound('token')
        if (confirm !== known.name) throw notConfirmed()
        const by = personOf(caller)
        if (!(await apiTokens.revoke(tx, id, { at: now, by }))) throw alreadyRevoked(known.name)
        const states = { before: { id, state: viewOf(known, now).state }, after: { id, state: 'revoked' } }
        await auditLog.append(tx, personEvent(caller, { action: 'apiToken.revoke', target: known.name, ...states }))
        return viewOf({ ...known, revoked: { at: now, by } }, now)
      }),

    async authenticate(authorization, scope) {
      const [, token] = /^Bearer +(\S{1,200})$/i.exec(authorization ?? '') ?? []
      if (token === undefined) throw tokenMissing()
      return db.platform(async (tx) => {
        const now = new Date()
        const known = await apiTokens.liveBySha256(tx, sha256Of(token), now)
        if (!known) throw tokenRefused()
        if (!known.scopes.includes(scope)) throw scopeMissing(scope)
        await apiTokens.recordUse(tx, known.id, now)
        return { tokenId: known.id, name: known.name, scopes: known.scopes }
      })
    },
  }
}

function viewOf(token: StoredApiToken, now: Date): ApiTokenView {
  const { id, name, scopes, by, createdAt, expiresAt, revoked, lastUsedAt } = token
  return {
    ...{ id, name, scopes, by },
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    state: revoked ? 'revoked' : expiresAt <= now ? 'expired' : 'live',
    revoked: revoked && { at: revoked.at.toISOString(), by: revoked.by },
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
  }
}
