import { hasPermission, type Permission, type permissions, rolesWith } from '@tickwatch/policy'
import { initTRPC, TRPCError } from '@trpc/server'
import { z } from 'zod'
import type { Caller } from './auth/caller.ts'
import type { QuotaConflict } from './features/quota/quota.types.ts'
import type { Services } from './services.ts'
import { asDomainError, ConflictError, DomainError, type ErrorKind } from './shared/errors.ts'

// 1. Context ---------------------------------------------------------------------------------------------------------

export type Context = {
  /** Who asks. @throws unauthenticated without a valid access token, unavailable when the issuer can't be asked. */
  authenticate(): Promise<Caller>
  /** The same, asked anew: roles may have been taken away since. */
  authenticateAgain(): Promise<Caller>
  /** The tenant that the request says it is about (`x-tickwatch-tenant`); believed only after {@link tenantProcedure}'s check. */
  claimedTenantId: string | null
  requestId: string
  services: Services
  /** Told of every finished query and mutation. */
  observe(path: string, result: string, seconds: number): void
}

/** What a procedure demands. `meta` carries it, so that a test can walk the router and try each as the wrong person. */
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
  unavailable: 'SERVICE_UNAVAILABLE',
} as const satisfies Record<ErrorKind, TRPCError['code']>

/** The tRPC error of a domain error; anything else becomes an internal error whose text stays inside. */
export function toTrpcError(error: unknown): TRPCError {
  const cause = asDomainError(error instanceof TRPCError ? error.cause : error)
  if (cause instanceof DomainError) return new TRPCError({ code: trpcCodes[cause.kind], message: cause.message, cause })
  if (error instanceof TRPCError) return error
  return new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: internalSentence, cause })
}

const internalSentence =
  'Something failed on our side and nothing was changed. Try again; if it stays, tell us the request id.'

/** The public sentence of any error: a domain error's own, the first fault of an input, or nothing of the inside. */
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
    // A proxy that buffers or a dead peer shows within seconds, not at the TCP timeout.
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

// 4. Procedure builders: none without a permission ------------------------------------------------------------------------

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

const authenticated = (meta: ProcedureMeta) =>
  withDomainErrors.meta(meta).use(async ({ ctx, next }) => next({ ctx: { caller: await ctx.authenticate() } }))

/** For everyone who is signed in. */
export const signedIn = (permission: OpenToEveryone) => authenticated({ permission, scope: 'session' })

/** For platform roles: the matter is no single tenant's. */
export const platformProcedure = (permission: Permission) =>
  authenticated({ permission, scope: 'platform' }).use(({ ctx, next }) => {
    const check = ({ held }: Caller) => {
      if (!hasPermission(held, permission)) throw forbidden(permission)
    }
    check(ctx.caller)
    return next({ ctx: { checkRights: async () => check(await ctx.authenticateAgain()) } })
  })

/**
 * For one tenant's matters. `ctx.tenantId` is set only after the caller's grants were checked. A tenant that does not
 * exist and one that the caller has no role for are both *not found*.
 */
export const tenantProcedure = (permission: Permission) =>
  authenticated({ permission, scope: 'tenant' }).use(async ({ ctx, next }) => {
    const tenantId = await ctx.services.access.openTenant(ctx.caller, ctx.claimedTenantId)
    const check = ({ held }: Caller) => {
      if (!hasPermission(held, permission, tenantId)) throw forbidden(permission)
    }
    check(ctx.caller)
    return next({ ctx: { tenantId, checkRights: async () => check(await ctx.authenticateAgain()) } })
  })

const forbidden = (permission: Permission) =>
  new DomainError('forbidden', 'role-missing', `This takes the role ${rolesWith(permission).join(' or ')}.`, {
    details: { permission, roles: rolesWith(permission) },
  })
