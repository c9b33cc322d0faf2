import { DatabaseUnavailable } from '@tickwatch/db'
import { portalRequestBytesMax, sessionHeader, tenantHeader } from '@tickwatch/policy'
import { getTRPCErrorShape, TRPCError } from '@trpc/server'
import { type FastifyTRPCPluginOptions, fastifyTRPCPlugin } from '@trpc/server/adapters/fastify'
import Fastify, { type FastifyBaseLogger } from 'fastify'
import type { Logger } from 'pino'
import { authenticate, authenticateAsGuest, type HeldRoles } from '../auth/authenticate.ts'
import type { Caller } from '../auth/caller.ts'
import type { TokenVerifier } from '../auth/tokens.ts'
import { type AppRouter, appRouter } from '../router.ts'
import type { Services } from '../services.ts'
import { createCallPace } from '../shared/callPace.ts'
import type { ChangeFeed } from '../shared/changeFeed.ts'
import { DomainError } from '../shared/errors.ts'
import type { Metrics, OutboxFigures, PolicyFigures } from '../telemetry/metrics.ts'
import type { Context } from '../trpc.ts'
import { batchFault, costOfCall } from './batch.ts'
import { imageRoute } from './imageRoute.ts'
import { incomingRoutes } from './incomingRoutes.ts'
import { lastAnswers } from './lastAnswers.ts'
import { observing, quietController } from './observe.ts'
import { answerProblem } from './problem.ts'
import { requestIdOf } from './requestId.ts'
import { sourceOf } from './source.ts'
import { statusRoute } from './statusRoute.ts'

export type PortalServerParts = {
  logger: Logger
  services: Services
  verifier: TokenVerifier
  heldRoles: HeldRoles
  feed: ChangeFeed
  metrics: Metrics
  /** How many proxies before this server append to `x-forwarded-for`, the portal's included. */
  trustedProxies: number
  /** What must answer before this process is ready, by name. A check throws if its part does not answer. */
  readiness: Record<string, () => Promise<void>>
  /** These are called at each scrape of `/metrics`. */
  policyFigures(): Promise<PolicyFigures>
  outboxFigures(): Promise<OutboxFigures>
}

/** The main port: tRPC for the portal's web server, health and metrics for the platform. */
export async function createPortalServer(parts: PortalServerParts) {
  const { logger, services, verifier, heldRoles, feed, metrics } = parts
  const loggerInstance: FastifyBaseLogger = logger
  const { awaitTurn, openStream } = createCallPace()
  const app = Fastify({
    loggerInstance,
    genReqId: requestIdOf,
    // Each proxy appends its peer's address. Anyone can forge the addresses before those.
    trustProxy: (_address, hop) => hop < parts.trustedProxies,
    routerOptions: { maxParamLength: 5_000 },
    bodyLimit: portalRequestBytesMax,
    logController: quietController(),
  })
  app.setErrorHandler(answerProblem)
  const { onRequest, onResponse } = observing(metrics)
  app.addHook('onRequest', onRequest)
  app.addHook('onResponse', onResponse)
  const { preClose, onSend } = lastAnswers()
  app.addHook('preClose', preClose)
  app.addHook('onSend', onSend)
  app.addHook('preClose', async () => feed.close())

  // Before the body is read and the caller is known: refusing a batch must cost next to nothing.
  app.addHook('onRequest', async (request, reply) => {
    const { path } = request.params as { path?: string }
    const fault = request.url.startsWith('/trpc/') && path !== undefined ? batchFault(path) : null
    if (fault === null) return
    const cause = new DomainError('invalid', 'batch-too-large', fault)
    const error = new TRPCError({ code: 'BAD_REQUEST', message: fault, cause })
    const about = { config: appRouter._def._config, error, type: 'unknown', path: undefined, input: undefined } as const
    return reply.status(400).send({ error: getTRPCErrorShape({ ...about, ctx: { requestId: request.id } as Context }) })
  })
  await app.register(fastifyTRPCPlugin, {
    prefix: '/trpc',
    trpcOptions: {
      router: appRouter,
      createContext: ({ req }): Context => {
        const claimed = req.headers[tenantHeader]
        let caller: Promise<Caller> | null = null
        const session = req.headers[sessionHeader]
        const facts = {
          authorization: req.headers.authorization,
          sessionId: typeof session === 'string' ? session : undefined,
          requestId: req.id,
          source: sourceOf(req),
        }
        const claimedTenantId = typeof claimed === 'string' ? claimed : null
        let tenantId: Promise<string> | null = null
        const authenticateAgain = () => authenticate(verifier, heldRoles, services.session, facts)
        // Once for all calls of a batch.
        const authenticateOnce = () => {
          caller ??= authenticateAgain()
          return caller
        }
        return {
          authenticate: authenticateOnce,
          authenticateOrGuest: () =>
            authenticateOnce().catch((cause: unknown) => {
              if (!(cause instanceof DatabaseUnavailable)) throw cause
              return authenticateAsGuest(verifier, facts)
            }),
          authenticateAgain,
          openTenant: (caller) => {
            tenantId ??= services.access.openTenant(caller, claimedTenantId)
            return tenantId
          },
          pace: { openStream, awaitTurn: (caller, tenant, path) => awaitTurn(caller, tenant, costOfCall(path)) },
          requestId: req.id,
          services,
          observe: (path, result, seconds) =>
            metrics.procedureSeconds.observe(
              { route: path, result: result.toLowerCase().replaceAll('_', '-') },
              seconds,
            ),
        }
      },
      responseMeta: ({ errors }) => {
        const [seconds] = errors.map(retryAfterSeconds).filter((each) => each !== null)
        return seconds === undefined ? {} : { headers: { 'retry-after': String(seconds) } }
      },
      onError: ({ path, error, ctx }) => {
        const { level, what } = severityOf(error)
        const { cause } = error
        const about = cause instanceof DomainError ? { code: cause.code, err: cause.cause } : { err: cause ?? error }
        logger.child({ requestId: ctx?.requestId, path })[level](about, what)
      },
    },
  } satisfies FastifyTRPCPluginOptions<AppRouter>)

  app.decorateRequest('tokenName', '')
  await app.register(incomingRoutes, services)
  await app.register(imageRoute, services)
  await app.register(statusRoute, services)
  app.get('/healthz', async () => ({ status: 'alive' }))
  app.get('/readyz', async (_request, reply) => {
    const states = await Promise.all(
      Object.entries(parts.readiness).map(([name, check]) => stateOf(name, check, logger)),
    )
    const ready = states.every(([, state]) => state === 'ready')
    return reply
      .status(ready ? 200 : 503)
      .send({ status: ready ? 'ready' : 'not ready', parts: Object.fromEntries(states) })
  })
  app.get('/metrics', async (_request, reply) => {
    // Without Postgres a scrape still gets the process's own figures.
    const unread = (what: string) => (err: unknown) => logger.warn({ err }, `could not read the figures of ${what}`)
    await Promise.all([
      parts.policyFigures().then(metrics.setPolicyFigures, unread('the policy')),
      parts.outboxFigures().then(metrics.setOutboxFigures, unread('the outbox')),
    ])
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })
  return app
}

function retryAfterSeconds({ cause }: TRPCError): number | null {
  const details = cause instanceof DomainError ? (cause.details as { retryAfterSeconds?: number } | undefined) : null
  return details?.retryAfterSeconds ?? null
}

function severityOf({ code }: TRPCError): { level: 'error' | 'warn' | 'info' | 'debug'; what: string } {
  // Someone who asks for too much does so again and again. The metrics show that; the log need not.
  if (code === 'TOO_MANY_REQUESTS') return { level: 'debug', what: 'procedure refused' }
  if (code === 'INTERNAL_SERVER_ERROR') return { level: 'error', what: 'procedure failed' }
  if (code === 'SERVICE_UNAVAILABLE') return { level: 'warn', what: 'procedure could not be served' }
  return { level: 'info', what: 'procedure refused' }
}

async function stateOf(name: string, check: () => Promise<void>, logger: Logger): Promise<[string, string]> {
  try {
    await check()
    return [name, 'ready']
  } catch (err) {
    logger.warn({ err, part: name }, 'not ready')
    return [name, 'not ready']
  }
}
