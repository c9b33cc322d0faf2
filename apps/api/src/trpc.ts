import { hasPermission, type Permission, type permissions, rolesWith } from '@tickwatch/policy'
import { initTRPC, TRPCError } from '@trpc/server'
import { z } from 'zod'
import type { Caller } from './auth/caller.ts'
import type { QuotaConflict } from './features/quota/quota.types.ts'
import type { Services } from './services.ts'
import type { CallPace } from './shared/callPace.ts'
import { asDomainError, ConflictError, DomainError, type ErrorKind } from './shared/errors.ts'

// 1. Context ---------------------------------------------------------------------------------------------------------

export type Context = {
  /** The caller. @throws `unauthenticated` without a valid access token, `unavailable` if the issuer is away. */
  authenticate(): Promise<Caller>
  /** The same while Postgres answers. While it does not, the person without any role: `rolesUnknown` is set. */
  authenticateOrGuest(): Promise<Caller>
  /** As `authenticate`, checked again: a role may have been revoked meanwhile. */
  authenticateAgain(): Promise<Caller>
  /**
   * The tenant that the request names (`x-tickwatch-tenant`), if the caller may open it. It is read once for all calls of
   * a request. @throws not found
   */
  openTenant(caller: Caller): Promise<string>
  /** Limits the calls and live views of each tenant. */
  pace: Pick<CallPace, 'openStream'> & {
    awaitTurn(caller: Caller, tenantId: string | null, path: string): Promise<void>
  }
  requestId: string
  services: Services
  /** Called after every query and mutation. */
  observe(path: string, result: string, seconds: number): void
}

/** What a procedure requires. It is the procedure's `meta`, so that a test can call each one as the wrong person. */
export type ProcedureMeta = { permission: Permission; scope: 'session' | 'tenant' | 'platform' }

// 2. Errors ----------------------------------------------------------------------------------------------------------

/** `error.data.tickwatch` of every failed call. */
export type ErrorData = {
  /** Stable, kebab-case. */
  code: string
  requestId: string
  /** With code `quota-conflict`: what someone else changed meanwhile. */
  conflict?: QuotaConflict
  details?: unknown
}

const trpcCodes = {
  unauthenticated: 'UNAUTHORIZED',
  forbidden: 'FORBIDDEN',
  'not-found': 'NOT_FOUND',
  conflict: 'CONFLICT',
  invalid: 'UNPROCESSABLE_CONTENT',
  limited: 'TOO_MANY_REQUESTS',
  unavailable: 'SERVICE_UNAVAILABLE',
} as const satisfies Record<ErrorKind, TRPCError['code']>

/** The tRPC error of a domain error. Any other error becomes an internal error, whose text is not sent. */
export function toTrpcError(error: unknown): TRPCError {
  const cause = asDomainError(error instanceof TRPCError ? error.cause : error)
  if (cause instanceof DomainError) return new TRPCError({ code: trpcCodes[cause.kind], message: cause.message, cause })
  if (error instanceof TRPCError) return error
  return new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: internalSentence, cause })
}

const internalSentence = 'Something failed on our side. If it fails again, report the request id.'

/** The message that is sent: a domain error's own, the faults of the input, or a general one without internal text. */
function publicSentence(error: TRPCError): string {
  if (error.cause instanceof DomainError) return error.cause.message
  if (error.cause instanceof z.ZodError) {
    return error.cause.issues
      .map((i) => (i.path.length > 0 ? `${i.path.join('.')}: ${i.message}` : i.message))
      .join('; ')
  }
  return error.code === 'INTERNAL_SERVER_ERROR' ? internalSentence : error.message
}

function errorData(error: TRPCError, requestId: string): ErrorData {
  const { cause } = error
  if (cause instanceof DomainError) {
    const { code, details } = cause
    return { code, requestId, ...(details === undefined ? {} : { details }), ...conflictOf(cause) }
  }
  if (cause instanceof z.ZodError) {
    return { code: 'input-invalid', requestId, details: cause.issues.map(({ path, message }) => ({ path, message })) }
  }
  return { code: error.code.toLowerCase().replaceAll('_', '-'), requestId }
}

const conflictOf = (error: DomainError) => (error instanceof ConflictError ? { conflict: error.conflict } : {})

// 3. Init ------------------------------------------------------------------------------------------------------------

const t = initTRPC
  .context<Context>()
  .meta<ProcedureMeta>()
  .create({
    // With pings, a proxy that buffers or a dead peer is noticed within seconds, not at the TCP timeout.
    sse: { ping: { enabled: true, intervalMs: 2_000 }, client: { reconnectAfterInactivityMs: 6_000 } },
    errorFormatter: ({ shape, error, ctx }) => ({
      code: shape.code,
      message: publicSentence(error),
      data: {
        code: shape.data.code,
        httpStatus: shape.data.httpStatus,
        ...(shape.data.path === undefined ? {} : { path: shape.data.path }),
        tickwatch: errorData(error, ctx?.requestId ?? 'unknown'),
      },
    }),
  })

export const router = t.router

// 4. Procedure builders: each needs a permission ---------------------------------------------------------------------

const withDomainErrors = t.procedure.use(async ({ next, ctx, path, type }) => {
  const startedAt = performance.now()
  const result = await next()
  const error = result.ok ? null : toTrpcError(result.error)
  if (type !== 'subscription') ctx.observe(path, error?.code ?? 'OK', (performance.now() - startedAt) / 1_000)
  if (error) throw error
  return result
})

type OpenToEveryone = {
  [P in Permission]: '*' extends (typeof permissions)[P][number] ? P : never
}[Permission]

const authenticated = (meta: ProcedureMeta, as: 'authenticate' | 'authenticateOrGuest' = 'authenticate') =>
  withDomainErrors.meta(meta).use(async ({ ctx, next }) => next({ ctx: { caller: await ctx[as]() } }))

/** For every person who is signed in. A live view ends when the person's roles change: they may decide what it shows. */
export const signedIn = (permission: OpenToEveryone) =>
  authenticated({ permission, scope: 'session' }).use(({ ctx, next }) => {
    const openStream = () => ctx.pace.openStream(ctx.caller, null)
    const checkRights = async () => {
      const { held } = await ctx.authenticateAgain()
      if (rolesText(held) !== rolesText(ctx.caller.held)) throw forbidden(permission)
    }
    return next({ ctx: { openStream, checkRights } })
  })

const rolesText = (held: Caller['held']) =>
  held
    .map(({ role, tenantId }) => `${role} ${tenantId}`)
    .sort()
    .join()

/** The same, also while Postgres does not answer: the caller then counts as a guest. Only for reads that a guest may make. */
export const signedInOrGuest = (permission: OpenToEveryone) =>
  authenticated({ permission, scope: 'session' }, 'authenticateOrGuest')

/** For platform roles: the data belongs to no single tenant. */
export const platformProcedure = (permission: Permission) =>
  authenticated({ permission, scope: 'platform' }).use(async ({ ctx, next, path }) => {
    const check = ({ held }: Caller) => {
      if (!hasPermission(held, permission)) throw forbidden(permission)
    }
    check(ctx.caller)
    await ctx.pace.awaitTurn(ctx.caller, null, path)
    const openStream = () => ctx.pace.openStream(ctx.caller, null)
    return next({ ctx: { openStream, checkRights: async () => check(await ctx.authenticateAgain()) } })
  })

/**
 * For the data of one tenant. `ctx.tenantId` is set only after the caller's grants were checked. A tenant that does not
 * exist and one that the caller has no role for both give *not found*.
 */
export const tenantProcedure = (permission: Permission) =>
  authenticated({ permission, scope: 'tenant' }).use(async ({ ctx, next, path }) => {
    const tenantId = await ctx.openTenant(ctx.caller)
    const check = ({ held }: Caller) => {
      if (!hasPermission(held, permission, tenantId)) throw forbidden(permission)
    }
    check(ctx.caller)
    await ctx.pace.awaitTurn(ctx.caller, tenantId, path)
    const openStream = () => ctx.pace.openStream(ctx.caller, tenantId)
    return next({ ctx: { tenantId, openStream, checkRights: async () => check(await ctx.authenticateAgain()) } })
  })

const forbidden = (permission: Permission) =>
  new DomainError('forbidden', 'role-missing', `You need the role ${rolesWith(permission).join(' or ')} for this.`, {
    details: { permission, roles: rolesWith(permission) },
  })
