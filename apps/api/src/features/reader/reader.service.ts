import { randomUUID } from 'node:crypto'
import {
  auditLog,
  type Database,
  type NewReaderToken,
  readerTokens,
  type StoredReaderToken,
  type TenantTx,
  tenants,
} from '@tickwatch/db'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import type { Page } from '../../shared/page.types.ts'
import { makeToken } from '../../shared/secretToken.ts'
import { readProgress } from '../policy/readPropagation.ts'
import { publishTenantChange } from '../tenant/publishTenantChange.ts'
import { alreadyRevoked, nameTaken, notConfirmed, tooMany } from './reader.errors.ts'
import type { CreatedReader, createInput, endedInput, ReadersView, ReaderView, revokeInput } from './reader.types.ts'

export type ReaderService = {
  /** Live tokens. */
  list(tenantId: string): Promise<ReadersView>
  /** Revoked and expired tokens. */
  ended(tenantId: string, input: z.output<typeof endedInput>): Promise<Page<ReaderView>>
  create(caller: Caller, tenantId: string, input: z.output<typeof createInput>): Promise<CreatedReader>
  /** Cannot be undone. Each gateway refuses the token once it enforces the version that carries the revocation. */
  revoke(caller: Caller, tenantId: string, input: z.output<typeof revokeInput>): Promise<ReaderView>
}

/** Limited because the bundle on every gateway contains each live token's hash. */
const liveMax = 50
const dayMs = 86_400_000

export function createReaderService(db: Database): ReaderService {
  return {
    list: (tenantId) =>
      db.tenant(tenantId, async (tx) => {
        const now = new Date()
        return { items: await viewsOf(tx, await readerTokens.live(tx, tenantId, now), now), liveMax }
      }),

    ended: (tenantId, input) =>
      db.tenant(tenantId, async (tx) => {
        const now = new Date()
        const page = await readerTokens.ended(tx, tenantId, now, input)
        return { ...page, items: await viewsOf(tx, page.items, now) }
      }),

    create: (caller, tenantId, { name, expiresInDays }) =>
      db.tenant(tenantId, async (tx) => {
        await tenants.lock(tx, tenantId)
        const now = new Date()
        const live = await readerTokens.live(tx, tenantId, now)
        if (live.some((other) => other.name === name)) throw nameTaken(name)
        if (live.length >= liveMax) throw tooMany(liveMax)
        const { token, sha256 } = makeToken('tw_r_')
        const made: NewReaderToken = {
          ...{ tenantId, name, sha256 },
          id: randomUUID(),
          createdAt: now,
          by: personOf(caller),
          expiresAt: new Date(now.getTime() + expiresInDays * dayMs),
        }
        await readerTokens.create(tx, made, `created ${name}`)
        await publishTenantChange(tx, tenantId)
        const after = { id: made.id, expiresAt: made.expiresAt.toISOString() }
        await auditLog.append(tx, personEvent(caller, { action: 'reader.create', tenantId, target: name, after }))
        return { reader: await viewOf(tx, tenantId, made.id, now), token }
      }),

    revoke: (caller, tenantId, { id, confirm }) =>
      db.tenant(tenantId, async (tx) => {
        const now = new Date()
        const known = await readerTokens.byId(tx, tenantId, id)
        if (!known) throw notFound('token')
        const { name } = known
        if (confirm !== name) throw notConfirmed()
        const act = { by: personOf(caller), reason: `revoked ${name}`, at: now }
        if ((await readerTokens.revoke(tx, tenantId, id, act)) === null) throw alreadyRevoked(name)
        await publishTenantChange(tx, tenantId)
        const states = { before: { id, state: stateOf(known, now) }, after: { id, state: 'revoked' } }
        await auditLog.append(tx, personEvent(caller, { action: 'reader.revoke', tenantId, target: name, ...states }))
        return viewOf(tx, tenantId, id, now)
      }),
  }
}

const stateOf = ({ revoked, expiresAt }: StoredReaderToken, now: Date): ReaderView['state'] =>
  revoked ? 'revoked' : expiresAt <= now ? 'expired' : 'live'

async function viewsOf(tx: TenantTx, tokens: readonly StoredReaderToken[], now: Date): Promise<ReaderView[]> {
  const changes = tokens.map(({ change }) => ({ version: change.policyVersion, savedAt: change.createdAt }))
  const progresses = await readProgress(tx, changes)
  const knownSince = await readerTokens.usesKnownSince(tx)
  return tokens.flatMap((token, i) => {
    const { id, name, by, revoked, change } = token
    const progress = progresses[i]
    if (!progress) return []
    return [
      {
        ...{ id, name, by, progress },
        createdAt: token.createdAt.toISOString(),
        expiresAt: token.expiresAt.toISOString(),
        state: stateOf(token, now),
        revoked: revoked && { at: revoked.at.toISOString(), by: revoked.by },
        lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
        usesKnownSince: knownSince > now ? null : knownSince.toISOString(),
        change: change.id,
      },
    ]
  })
}

async function viewOf(tx: TenantTx, tenantId: string, id: string, now: Date): Promise<ReaderView> {
  const token = await readerTokens.byId(tx, tenantId, id)
  const [view] = await viewsOf(tx, token ? [token] : [], now)
  if (!view) throw notFound('token')
  return view
}
