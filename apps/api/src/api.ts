import type { AlertRules, MetricsQuery, ObjectStore, ParameterStore, Signer } from '@tickwatch/aws'
import type { Database } from '@tickwatch/db'
import type { Logger } from 'pino'
import { createHeldRoles } from './auth/heldRoles.ts'
import { createTokenVerifier } from './auth/tokens.ts'
import type { Config } from './config.ts'
import { createAccessService } from './features/access/access.service.ts'
import { createAuditService } from './features/audit/audit.service.ts'
import { createCheckpoints } from './features/audit/checkpoints.ts'
import { createChangeRequestService } from './features/changeRequest/changeRequest.service.ts'
import { createGatewayService } from './features/gateway/gateway.service.ts'
import { createPolicyService } from './features/policy/policy.service.ts'
import { createPromoter } from './features/policy/publishing/promoter.ts'
import { createPublisher } from './features/policy/publishing/publisher.ts'
import { createPublishingLock } from './features/policy/publishing/publishingLock.ts'
import { createReconciler } from './features/policy/publishing/reconciler.ts'
import { createRingWriter } from './features/policy/publishing/ringWriter.ts'
import { createQuotaService } from './features/quota/quota.service.ts'
import { createReaderService } from './features/reader/reader.service.ts'
import { createTenantService } from './features/tenant/tenant.service.ts'
import { createUsageHistory } from './features/usage/usage.history.ts'
import { createUsageService } from './features/usage/usage.service.ts'
import { createMachineServer } from './server/machineServer.ts'
import { createPortalServer } from './server/portalServer.ts'
import type { Services } from './services.ts'
import { createChangeFeed } from './shared/changeFeed.ts'
import { putAlertRules } from './telemetry/alertRules.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { startWorkers } from './workers/workers.ts'

/** What the API reaches outside its process. */
export type Outside = {
  db: Database
  parameters: ParameterStore
  objects: ObjectStore
  signer: Signer
  amp: MetricsQuery
  alertRules: AlertRules
}

export type Api = {
  /** Where it listens, `http://…` and `https://…`. */
  portalUrl: string
  machineUrl: string
  /** Takes no new requests, lets those under way end, then stops the workers. */
  stop(): Promise<void>
}

const listenRetryMs = 1_000

/** Starts the whole process: both ports, the workers and the live feed. */
export async function startApi(config: Config, outside: Outside, logger: Logger): Promise<Api> {
  const { db } = outside
  const metrics = createMetrics()
  const feed = createChangeFeed()
  const heldRoles = createHeldRoles(db)
  const verifier = createTokenVerifier({
    issuer: config.OIDC_ISSUER,
    audience: config.OIDC_AUDIENCE,
    groupsClaim: config.OIDC_GROUPS_CLAIM,
  })
  const usage = createUsageService(db, createUsageHistory(outside.amp, logger), feed)
  const { objects } = outside
  const environment = config.TICKWATCH_ENVIRONMENT
  const checkpoints = createCheckpoints(objects, config.AUDIT_BUCKET, environment, logger)
  const services: Services = {
    access: createAccessService(db, heldRoles.forget),
    audit: createAuditService(db, checkpoints),
    changeRequest: createChangeRequestService(db, usage),
    gateway: createGatewayService(db, feed),
    policy: createPolicyService(db, feed),
    quota: createQuotaService(db),
    reader: createReaderService(db),
    tenant: createTenantService(db),
    usage,
  }
  const ending = new AbortController()
  const listening = listen(db, feed.publish, ending.signal, logger)

  const readiness = { database: () => db.ping(), issuer: () => verifier.ready() }
  const policyFigures = () => services.policy.figures()
  const portal = await createPortalServer({
    ...{ logger, services, verifier, heldRoles, feed, metrics, readiness, policyFigures },
  })
  const tls = {
    certFile: config.MACHINE_TLS_CERT_FILE,
    keyFile: config.MACHINE_TLS_KEY_FILE,
    clientCaFile: config.MACHINE_CLIENT_CA_FILE,
  }
  const machine = await createMachineServer({ logger, services, metrics, trustDomain: config.TRUST_DOMAIN, tls })

  const lock = createPublishingLock(db)
  const rings = createRingWriter(db, lock.under(outside.parameters), environment)
  const publisher = createPublisher({
    ...{ db, objects: lock.under(objects), signer: lock.under(outside.signer), rings, metrics, environment },
    bucket: config.POLICY_BUCKET,
  })
  const promoter = createPromoter({ db, publisher, rings, metrics })
  const reconciler = createReconciler(db, rings, logger)
  const workerUrl = config.DATABASE_URL_WORKER
  const workers = startWorkers({
    ...{ db, workerUrl, lock, publisher, promoter, reconciler, checkpoints, metrics, log: logger },
  })
  const rules = putAlertRules(outside.alertRules, ending.signal, logger)

  const portalUrl = await portal.listen({ host: config.API_HOST, port: config.API_PORT })
  const machineUrl = await machine.listen({ host: config.MACHINE_HOST, port: config.MACHINE_PORT })
  return {
    portalUrl,
    machineUrl,
    async stop() {
      ending.abort()
      await Promise.all([portal.close(), machine.close()])
      await workers.stop()
      const stopListening = await listening
      await Promise.all([stopListening?.(), rules])
    },
  }
}

/** Listens as soon as Postgres answers; from then on the database room comes back by itself. */
async function listen(
  db: Database,
  on: Parameters<Database['listen']>[1],
  signal: AbortSignal,
  log: Logger,
): Promise<(() => Promise<void>) | null> {
  while (!signal.aborted) {
    try {
      return await db.listen('tickwatch_changes', on)
    } catch (err) {
      log.warn({ err }, 'Postgres does not tell of changes yet')
      await new Promise((resolve) => setTimeout(resolve, listenRetryMs))
    }
  }
  return null
}
