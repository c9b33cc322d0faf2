// One worker follows a rollout of many groups, against the local fleet in another process, a real Postgres, and a metrics store.
import { type ChildProcess, fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { createMetricsQuery } from '@tickwatch/aws'
import { createRolloutGroups, type RolloutGroups } from '@tickwatch/aws/rollout'
import { apiTokens, images as catalogue, changeRequests, type Database, openDatabase, rollouts } from '@tickwatch/db'
import type { Json } from '@tickwatch/policy'
import { newRollout } from '@tickwatch/rollout'
import { askPlatform } from '../../apps/api/src/features/changeRequest/askPlatform.ts'
import { rolloutSubject } from '../../apps/api/src/features/changeRequest/rolloutSubject.ts'
import { createNotificationQueue } from '../../apps/api/src/features/notification/queue.ts'
import { keptByRegion } from '../../apps/api/src/features/rollout/groups.ts'
import { createJudging } from '../../apps/api/src/features/rollout/judging.ts'
import { createRolloutJobs } from '../../apps/api/src/features/rollout/rollout.jobs.ts'
import { knownOf } from '../../apps/api/src/features/rollout/rollout.stored.ts'
import { hashOf } from '../../apps/api/src/features/slo/slo.rules.ts'
import { createLogger } from '../../apps/api/src/telemetry/logging.ts'
import { callerOf } from '../../apps/api/src/testing/callers.ts'
import { seedTenant } from '../../apps/api/src/testing/testApi.ts'
import { startDatabase, temporaryFolder } from '../reads/parts.ts'
import { images, plan, size } from './groups.ts'

/** As the workers of the API. */
const tickMs = 4_000
const measuredSeconds = 120

export type WorkerFigures = {
  /** Of one core, while all instances of the last wave are replaced, bake and are judged. */
  workerCoreRatio: number
  /** On average. */
  awsCallsPerSecond: number
  readyInstances: number
}

export async function followMany(): Promise<WorkerFigures> {
  const stack = new AsyncDisposableStack()
  try {
    return await measure(stack)
  } finally {
    await stack.disposeAsync()
  }
}

async function measure(stack: AsyncDisposableStack): Promise<WorkerFigures> {
  const dir = temporaryFolder()
  stack.defer(() => rmSync(dir, { recursive: true, force: true }))
  const { urls } = await startDatabase(stack, dir)
  const db = openDatabase(urls)
  stack.defer(() => db.close())
  const fleet = await startFleet(stack)
  Object.assign(process.env, {
    ...{ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'bench', AWS_SECRET_ACCESS_KEY: 'bench' },
    ...{ AWS_ENDPOINT_URL_AUTO_SCALING: fleet.awsUrl, AWS_ENDPOINT_URL_EC2: fleet.awsUrl },
  })
  const id = await approvedRollout(db)

  const { groupsOf, counted } = countCalls()
  const { ticks } = createRolloutJobs({
    ...{ db, groupsOf, queue: createNotificationQueue('bench'), log: createLogger('error') },
    preflight: { blocks: async () => [], amiFor: async () => images.candidate },
    judging: createJudging(createMetricsQuery(fleet.ampUrl)),
    ...{ ending: new AbortController().signal, sinceMs: 0, now: Date.now },
  })
  const read = async () => {
    const stored = await db.platform((tx) => rollouts.byId(tx, id))
    const known = stored && knownOf(stored)
    if (!known) throw new Error('The rollout is gone.')
    return known
  }
  const tick = async () => {
    await ticks.rollouts?.()
    await sleep(tickMs)
  }
  while ((await read()).state.wave === 0) await tick()
  counted.calls = 0
  const [cpu, startedAt] = [process.cpuUsage(), performance.now()]
  while (performance.now() - startedAt < measuredSeconds * 1_000) await tick()
  const { user, system } = process.cpuUsage(cpu)
  const seconds = (performance.now() - startedAt) / 1_000
  const verdicts = await db.platform((tx) => rollouts.verdicts(tx, id))
  const ready = Object.values((await read()).seen.ready)
  const readyInstances = ready.filter(({ isCandidate }) => isCandidate).length
  if (verdicts.length === 0 || readyInstances < (size.groups - 1) * size.instances) {
    throw new Error(
      `It was not followed: ${readyInstances} instances are ready, and ${verdicts.length} waves were judged.`,
    )
  }
  return {
    workerCoreRatio: (user + system) / 1e6 / seconds,
    awsCallsPerSecond: counted.calls / seconds,
    readyInstances,
  }
}

/** A read is a call for 50 groups, and two for each of them; all others are one. */
function countCalls() {
  const counted = { calls: 0 }
  const groupsOf = keptByRegion((region): RolloutGroups => {
    const real = createRolloutGroups(region)
    return {
      ...real,
      read: (names, ...more) => {
        counted.calls += Math.ceil(names.length / 50) + 2 * names.length
        return real.read(names, ...more)
      },
      make: (...command) => {
        counted.calls += 1
        return real.make(...command)
      },
    }
  })
  return { groupsOf, counted }
}

async function startFleet(stack: AsyncDisposableStack): Promise<{ awsUrl: string; ampUrl: string }> {
  const child: ChildProcess = fork(join(import.meta.dirname, 'fleetProcess.ts'))
  stack.defer(() => void child.disconnect())
  return new Promise((resolve, reject) => {
    child.once('message', (urls: { awsUrl: string; ampUrl: string }) => resolve(urls))
    child.once('exit', (code) => reject(new Error(`the fleet ended with ${code}`)))
  })
}

/** Of an image that nobody registered: what may roll out is not measured here. */
async function approvedRollout(db: Database): Promise<string> {
  await seedTenant(db, 'tickwatch')
  const [id, imageId, token] = [randomUUID(), randomUUID(), { id: randomUUID(), name: 'bench' }]
  const [asker, approver] = [callerOf('asker', 'platform-admin'), callerOf('approver', 'platform-approver')]
  const at = new Date()
  const later = new Date(at.getTime() + 86_400_000)
  await db.platform(async (tx) => {
    const scopes = ['images:register']
    await apiTokens.create(tx, {
      ...token,
      scopes,
      createdAt: at,
      expiresAt: later,
      by: asker,
      sha256: hashOf('bench'),
    })
    await catalogue.create(tx, {
      ...{ id: imageId, name: 'gateway', version: '1.0.0', registeredAt: at, token, changelog: '', manifest: '{}' },
      ...{ bundle: '{}', amis: [], reports: [] },
    })
    const asked = { imageId, environment: 'bench', plan }
    const changeRequestId = await askPlatform(tx, asker, rolloutSubject(id, asked), { rollout: id }, 'bench')
    await rollouts.create(tx, {
      ...{ id, ...asked, planSha256: hashOf(plan as Json), state: newRollout(), phase: 'waiting', reason: 'bench' },
      ...{ by: asker, createdAt: at, expiresAt: later, changeRequestId },
    })
    const approval = { tenantId: 'tickwatch', id: changeRequestId, by: approver, at, reason: 'bench' }
    await changeRequests.addApproval(tx, approval)
    await changeRequests.decide(tx, 'tickwatch', changeRequestId, {
      ...approval,
      state: 'approved',
      appliedRevision: null,
    })
  })
  return id
}
