import { maintenance, sloDefinitions, sloRecounts } from '@tickwatch/db'
import { parseWaves } from '@tickwatch/policy'
import type { Logger } from 'pino'
import { createHeldRoles } from './auth/heldRoles.ts'
import { createTokenVerifier, tokenRules } from './auth/tokens.ts'
import type { Config } from './config.ts'
import { createAccessService } from './features/access/access.service.ts'
import { createApiTokenService } from './features/apiToken/apiToken.service.ts'
import { createAuditJobs } from './features/audit/audit.jobs.ts'
import { createAuditService } from './features/audit/audit.service.ts'
import { createCheckpoints } from './features/audit/checkpoints.ts'
import { createChangeRequestService } from './features/changeRequest/changeRequest.service.ts'
import { createFreezeWindowService } from './features/freezeWindow/freezeWindow.service.ts'
import { createGatewayJobs } from './features/gateway/gateway.jobs.ts'
import { createGatewayService } from './features/gateway/gateway.service.ts'
import { createImageJobs } from './features/image/image.jobs.ts'
import { createImageService } from './features/image/image.service.ts'
import { createKeys } from './features/image/keys.ts'
import { createActs } from './features/incident/acts.ts'
import { alertmanagerDefinition } from './features/incident/incident.definition.ts'
import { createIncidentJobs, keepDefinition } from './features/incident/incident.jobs.ts'
import { createIncidentService } from './features/incident/incident.service.ts'
import { ampSource, type Poller, startPoller } from './features/incident/poller.ts'
import { receiveAlerts } from './features/incident/receiveAlerts.ts'
import { createRevert } from './features/incident/revert.ts'
import { createMaintenanceService } from './features/maintenance/maintenance.service.ts'
import { createNoticeJobs } from './features/notice/notice.jobs.ts'
import { createNoticeService } from './features/notice/notice.service.ts'
import { createIncomingService } from './features/notification/incoming/incoming.service.ts'
import { createNotificationJobs } from './features/notification/notification.jobs.ts'
import { createNotificationService } from './features/notification/notification.service.ts'
import { createOutboxService } from './features/notification/outbox.service.ts'
import { createNotificationQueue } from './features/notification/queue.ts'
import { createOutboxWorkers } from './features/notification/sending/outboxWorkers.ts'
import { createSend } from './features/notification/sending/send.ts'
import { createPolicyJobs } from './features/policy/policy.jobs.ts'
import { createPolicyService } from './features/policy/policy.service.ts'
import { createProbeService } from './features/probe/probe.service.ts'
import { createQuotaJobs } from './features/quota/quota.jobs.ts'
import { createQuotaService } from './features/quota/quota.service.ts'
import { createReaderService } from './features/reader/reader.service.ts'
import { createRefusalService } from './features/refusal/refusal.service.ts'
import { createRollbackService } from './features/rollback/rollback.service.ts'
import { createRollouts } from './features/rollout/createRollouts.ts'
import { createSessionJobs } from './features/session/session.jobs.ts'
import { createSessionService } from './features/session/session.service.ts'
import { createCompiler } from './features/slo/slo.compiler.ts'
import { createSloJobs } from './features/slo/slo.jobs.ts'
import { createSloNames } from './features/slo/slo.names.ts'
import { createSloPreview } from './features/slo/slo.preview.ts'
import { createSloReads } from './features/slo/slo.reads.ts'
import { createSloService } from './features/slo/slo.service.ts'
import { createSloChanges } from './features/slo/sloChanges.ts'
import { createStatusService, readIncidents } from './features/status/status.service.ts'
import { createTenantService } from './features/tenant/tenant.service.ts'
import { createUsageHistory } from './features/usage/usage.history.ts'
import { createUsageJobs } from './features/usage/usage.jobs.ts'
import { createUsageService } from './features/usage/usage.service.ts'
import type { Outside } from './outside.ts'
import { createMachineServer } from './server/machineServer.ts'
import { createPortalServer } from './server/portalServer.ts'
import type { Services } from './services.ts'
import { createChangeFeed } from './shared/changeFeed.ts'
import { repeat, retry } from './shared/repeat.ts'
import { createQuerySlots } from './shared/storageAnswers.ts'
import { createTenantTurns } from './shared/tenantTurns.ts'
import { putAlertRules } from './telemetry/alertRules.ts'
import { createMetrics } from './telemetry/metrics.ts'
import { gatherJobs } from './workers/registry.ts'
import { startWorkers } from './workers/workers.ts'

export type Api = {
  /** The addresses on which it listens: `http://…` for the portal, `https://…` for gateways. */
  portalUrl: string
  machineUrl: string
  /** Accepts no new requests, waits for those that are running, then stops the workers. */
  stop(): Promise<void>
}

const listenRetryMs = 1_000
const rememberEveryMs = 60_000

/** Starts the whole process: both ports, the workers and the live feed. */
export async function startApi(config: Config, outside: Outside, logger: Logger): Promise<Api> {
  const { db } = outside
  const ending = new AbortController()
  const metrics = createMetrics()
  const feed = createChangeFeed()
  const heldRoles = createHeldRoles(db)
  const verifier = createTokenVerifier(tokenRules(config))
  const { turn, fair } = createTenantTurns()
  const fairDb = fair(db)
  const slots = createQuerySlots()
  const usage = createUsageService(fairDb, createUsageHistory(outside.amp, logger, slots), feed)
  const { objects } = outside
  const environment = config.TICKWATCH_ENVIRONMENT
  const waves = parseWaves(config.POLICY_WAVES)
  const checkpoints = createCheckpoints(objects, config.AUDIT_BUCKET, environment, logger)
  const compiler = createCompiler(config.SLO_STEP_SECONDS)
  const sloChanges = createSloChanges(compiler, config.AMP_RULES_MAX)
  const sloStorage = { storage: outside.amp, slots, log: logger, stepSeconds: config.SLO_STEP_SECONDS }
  const sloPreview = createSloPreview(sloStorage)
  const sloReads = createSloReads({
    ...sloStorage,
    definitions: () => sloDefinitions(db),
    recounts: () => db.platform(sloRecounts.all),
    maintenance: () => maintenance.counted(db),
  })
  const queue = createNotificationQueue(environment)
  const quota = createQuotaService(fairDb)
  const tenant = createTenantService(fairDb)
  const reader = createReaderService(fairDb)
  const rollback = createRollbackService(db, objects, environment)
  const slo = createSloService(db, sloChanges, compiler, sloPreview, config.SLO_STEP_SECONDS)
  const acts = createActs(db, queue)
  let poller: Poller | null = null
  const alertsUnread = () => poller !== null && poller.fault() !== null
  const status = createStatusService({
    ...{ ...sloStorage, alertsUnread, reads: sloReads },
    incidents: () => readIncidents(db),
  })
  // Before the pages hear of it and ask.
  feed.listen(({ kind }) => {
    if (kind === 'slo' || kind === 'incident' || kind === 'resync') sloReads.forget()
    if (kind === 'incident' || kind === 'resync') status.forget()
  })
  const image = createImageService({
    ...{ db, amis: outside.amis, keys: createKeys(config.IMAGE_KEYS_FILE), log: logger },
  })
  const rollouts = createRollouts({
    ...{ db, feed, image, queue, slots, log: logger, ending: ending.signal },
    ...{ outside, targetsFile: config.ROLLOUT_TARGETS_FILE, canaryRing: waves[0]?.ring ?? '' },
  })
  const mail = config.SMTP_URL === 'none' ? null : mailOf(config)
  const services: Services = {
    access: createAccessService(db, heldRoles.forget, turn),
    apiToken: createApiTokenService(db),
    audit: createAuditService(db, checkpoints),
    changeRequest: createChangeRequestService(fairDb, usage, config.PLATFORM_SAMPLES_PER_SECOND || null, sloChanges),
    freezeWindow: createFreezeWindowService(db),
    gateway: createGatewayService(db, feed, waves),
    image,
    incident: createIncidentService({
      ...{ db, fairDb, acts, slos: sloReads, metrics: outside.amp, poller: () => poller },
      revert: createRevert(db, { quota, tenant, reader, rollback, slo }),
    }),
    incoming: createIncomingService(db, outside.secrets, {
      receiveAlerts: (alerts, from) => receiveAlerts(db, queue, alerts, `webhook ${from}`),
      actedInPagerDuty: acts.actedInPagerDuty,
    }),
    maintenance: createMaintenanceService(db, sloReads),
    notice: createNoticeService(fairDb),
    notification: createNotificationService(db, queue, mail !== null),
    outbox: createOutboxService(db),
    policy: createPolicyService(fairDb, feed, waves, config.DRIFT_ALERT_SECONDS * 1_000, objects),
    probe: createProbeService(db),
    quota,
    reader,
    refusal: createRefusalService(fairDb),
    rollback,
    rollout: rollouts.service,
    session: createSessionService(db, feed),
    slo,
    sloNames: createSloNames({ storage: outside.amp, slots, log: logger }),
    sloPreview,
    sloReads,
    status,
    tenant,
    usage,
  }
  const send = createSend({
    ...{ secrets: outside.secrets, portalUrl: config.PORTAL_URL, mail },
    ...{ pagerDutyUrl: config.PAGERDUTY_URL, slackUrl: config.SLACK_URL },
  })
  const outboxWorkers = createOutboxWorkers({ db, send, metrics, ending: ending.signal, log: logger })
  // Only the first connection is retried here: after that, packages/db reconnects by itself.
  const listening = retry(
    listenRetryMs,
    ending.signal,
    () => db.listen(feed.publish),
    (err) => logger.warn({ err }, 'cannot listen for changes in Postgres yet, will retry'),
  )

  const remembering = repeat(rememberEveryMs, ending.signal, async () => {
    await Promise.all([sloReads.remember(), status.remember()]).catch((err: unknown) =>
      logger.warn({ err }, 'could not read SLOs and incidents for when Postgres does not answer'),
    )
  })

  const readiness = { database: () => db.ping(), issuer: () => verifier.ready() }
  const policyFigures = () => services.policy.figures()
  const outboxFigures = () => services.outbox.figures()
  const portal = await createPortalServer({
    ...{ logger, services, verifier, heldRoles, feed, metrics, readiness },
    ...{ policyFigures, outboxFigures },
    trustedProxies: config.TRUSTED_PROXIES,
  })
  const tls = {
    certFile: config.MACHINE_TLS_CERT_FILE,
    keyFile: config.MACHINE_TLS_KEY_FILE,
    clientCaFile: config.MACHINE_CLIENT_CA_FILE,
  }
  const machine = await createMachineServer({ logger, services, metrics, trustDomain: config.TRUST_DOMAIN, tls })

  const jobs = gatherJobs(
    createAuditJobs(db, checkpoints),
    createGatewayJobs({
      ...{ db, autoScaling: rollouts.groupsOf, ending: ending.signal, log: logger },
      targets: async () => (await rollouts.targets()).targets,
    }),
    createImageJobs({ db, amis: outside.amis, ending: ending.signal, log: logger }),
    createIncidentJobs({ db, queue, metrics: outside.amp, stepSeconds: config.SLO_STEP_SECONDS }),
    createNoticeJobs({
      ...{ db, queue, ending: ending.signal, log: logger },
      certificateFiles: { 'the machine port': config.MACHINE_TLS_CERT_FILE },
    }),
    createNotificationJobs(db, outboxWorkers),
    createPolicyJobs({
      ...{ db, metrics, environment, ending: ending.signal, log: logger, bucket: config.POLICY_BUCKET, waves },
      ...{ parameters: outside.parameters, objects, signer: outside.signer },
    }),
    createQuotaJobs(db),
    rollouts.jobs,
    createSessionJobs(db),
    createSloJobs({
      ...{
        db,
        compiler,
        rules: outside.ruleGroups,
        rulesMax: config.AMP_RULES_MAX,
        storage: outside.amp,
        slots,
        stepSeconds: config.SLO_STEP_SECONDS,
        ending: ending.signal,
        log: logger,
      },
    }),
    createUsageJobs(db),
  )
  const workers = startWorkers({
    ...{ db, workerUrl: config.DATABASE_URL_WORKER, jobs, metrics, log: logger },
    tickMs: config.TICK_SECONDS * 1_000,
  })
  const alertTimes = {
    driftAlertSeconds: config.DRIFT_ALERT_SECONDS,
    intervalSeconds: config.ALERT_RULES_INTERVAL_SECONDS,
  }
  const rules = putAlertRules(outside.ruleGroups, alertTimes, ending.signal, logger)

  const { alertQueue } = outside
  if (alertQueue) {
    poller = startPoller({
      ...{
        db,
        queue: alertQueue,
        active: outside.activeAlerts,
        metrics: outside.amp,
        ending: ending.signal,
        log: logger,
      },
      receive: (alerts) => receiveAlerts(db, queue, alerts, ampSource),
    })
  }
  const topicArn = config.ALERTS_TOPIC_ARN
  const definition =
    topicArn === 'none'
      ? null
      : keepDefinition(outside.alertmanager, alertmanagerDefinition(topicArn), ending.signal, logger)

  const portalUrl = await portal.listen({ host: config.API_HOST, port: config.API_PORT })
  const machineUrl = await machine.listen({ host: config.MACHINE_HOST, port: config.MACHINE_PORT })
  return {
    portalUrl,
    machineUrl,
    async stop() {
      ending.abort()
      await Promise.all([portal.close(), machine.close()])
      await workers.stop()
      await outboxWorkers.stop()
      const stopListening = await listening
      await Promise.all([stopListening?.(), rules, remembering, poller?.ended, definition])
    },
  }
}

const mailOf = (config: Config) => ({
  url: config.SMTP_URL,
  from: config.MAIL_FROM,
  secret: config.SMTP_SECRET === 'none' ? null : config.SMTP_SECRET,
})
