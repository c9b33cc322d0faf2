import {
  createActiveAlerts,
  createAlertmanagerDefinition,
  createAlertQueue,
  createMetricsQuery,
  createObjectStore,
  createParameterStore,
  createRuleGroups,
  createSecretStore,
  createSigner,
} from '@tickwatch/aws'
import { createAmis } from '@tickwatch/aws/amis'
import { createAlarms, createRolloutGroups } from '@tickwatch/aws/rollout'
import { openDatabase } from '@tickwatch/db'
import { EnvironmentError } from '@tickwatch/policy'
import { startApi } from './api.ts'
import { type Config, readConfig } from './config.ts'
import { createLogger } from './telemetry/logging.ts'

/** Longer than any request or job should take, but shorter than the time after which a supervisor kills the process. */
const stopWithinMs = 20_000

async function main(config: Config): Promise<void> {
  const logger = createLogger(config.LOG_LEVEL)
  const db = openDatabase({
    tenant: config.DATABASE_URL_TENANT,
    platform: config.DATABASE_URL_PLATFORM,
    worker: config.DATABASE_URL_WORKER,
  })
  const outside = {
    db,
    parameters: createParameterStore(),
    objects: createObjectStore(),
    signer: createSigner(config.POLICY_KMS_KEY_ID),
    secrets: createSecretStore(),
    amis: createAmis(),
    rolloutGroups: createRolloutGroups,
    alarms: createAlarms(),
    amp: createMetricsQuery(config.AMP_ENDPOINT),
    ruleGroups: createRuleGroups(config.AMP_WORKSPACE_ID),
    alertmanager: createAlertmanagerDefinition(config.AMP_WORKSPACE_ID),
    activeAlerts: createActiveAlerts(config.AMP_ENDPOINT),
    alertQueue: config.ALERTS_QUEUE_URL === 'none' ? null : createAlertQueue(config.ALERTS_QUEUE_URL),
  }
  const api = await startApi(config, outside, logger)
  logger.info({ portal: api.portalUrl, machines: api.machineUrl }, 'ready')

  let stopping = false
  const stop = async (signal: string) => {
    if (stopping) return
    stopping = true
    logger.info({ signal }, 'stopping')
    setTimeout(() => {
      logger.error('did not stop in time')
      process.exit(1)
    }, stopWithinMs).unref()
    await api.stop()
    await db.close()
    logger.info('stopped')
  }
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      stop(signal).catch((err: unknown) => {
        logger.error({ err }, 'failed while stopping')
        process.exit(1)
      })
    })
  }
}

try {
  await main(readConfig(process.env))
} catch (error) {
  const why = error instanceof EnvironmentError ? error.message : error instanceof Error ? error.stack : String(error)
  process.stderr.write(`${why}\n`)
  process.exit(1)
}
