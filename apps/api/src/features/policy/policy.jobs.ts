import { setTimeout as sleep } from 'node:timers/promises'
import type { ObjectStore, ParameterStore, Signer } from '@tickwatch/aws'
import type { Database } from '@tickwatch/db'
import type { Wave } from '@tickwatch/policy'
import type { Logger } from 'pino'
import { tryAll } from '../../shared/tryAll.ts'
import type { Metrics } from '../../telemetry/metrics.ts'
import { createLeases, type Lease } from '../../workers/lease.ts'
import type { Jobs } from '../../workers/registry.ts'
import { createPromoter } from './publishing/promoter.ts'
import { createPublisher } from './publishing/publisher.ts'
import { createReconciler } from './publishing/reconciler.ts'
import { createRingWriter } from './publishing/ringWriter.ts'

/** Edits within this time after the first one are published together. */
const collectMs = 250
/**
 * SSM has no transactions, so one process at a time publishes, promotes and reconciles. If that process is killed, the
 * next edit waits at most 10 s for its lease to expire.
 *
 * SSM knows no fencing number, so a request that was sent under a lost lease may still arrive late. It does no lasting
 * harm: gateways refuse a version older than theirs, and the next tick of the new holder restores its own manifest.
 * Objects in S3 are written once under their hash.
 */
const publishing = { name: 'publishing', forMs: 10_000 }

export function createPolicyJobs(parts: {
  db: Database
  parameters: ParameterStore
  objects: ObjectStore
  signer: Signer
  metrics: Metrics
  environment: string
  bucket: string
  waves: readonly Wave[]
  /** Aborts when the process ends. */
  ending: AbortSignal
  log: Logger
}): Jobs<'publish' | 'promote'> {
  const { db, log, metrics } = parts
  const leases = createLeases(db, publishing, parts.ending, log)
  const rings = createRingWriter(parts.parameters, parts.environment)
  const publisher = createPublisher({ ...parts, rings })
  const promoter = createPromoter({ db, publisher, rings, metrics, waves: parts.waves })
  const reconciler = createReconciler(db, rings, log)
  /**
   * A change waits to be published. If its job fails because AWS is away, the next tick retries before the job does.
   */
  let owed = true

  async function publish(lease: Lease): Promise<void> {
    // Another run may have set it to false while this one waited for the lease.
    owed = true
    await publisher.publish(lease)
    owed = false
  }

  return {
    tasks: {
      publish: {
        leg: 'publish',
        async run(_payload, enqueuedAt) {
          await sleep(Math.max(0, enqueuedAt.getTime() + collectMs - Date.now()))
          // Set after the wait, or a tick would publish the first edit alone.
          owed = true
          await leases.hold((lease) => tryAll([publish, promoter.advance], (step) => step(lease)))
        },
      },
      promote: { leg: 'promote', run: () => leases.hold(promoter.advance) },
    },
    schedules: [],
    ticks: {
      // If someone else holds the lease, another process or job is doing this.
      advance: () =>
        leases.tryHold((lease) =>
          tryAll([...(owed ? [publish] : []), promoter.advance, reconciler.reconcile], (step) => step(lease)),
        ),
    },
  }
}
