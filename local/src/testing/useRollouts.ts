import { createRolloutGroups, type RolloutGroups } from '@tickwatch/aws/rollout'
import { type Database, openDatabase } from '@tickwatch/db'
import { type Plan, planSchema } from '@tickwatch/rollout'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { createApiTokenService } from '../../../apps/api/src/features/apiToken/apiToken.service.ts'
import { createChangeRequestService } from '../../../apps/api/src/features/changeRequest/changeRequest.service.ts'
import { createImageService } from '../../../apps/api/src/features/image/image.service.ts'
import { parseKeys } from '../../../apps/api/src/features/image/keys.ts'
import { createNotificationQueue } from '../../../apps/api/src/features/notification/queue.ts'
import { createPreflight, type Preflight } from '../../../apps/api/src/features/rollout/facts.ts'
import { createJudging } from '../../../apps/api/src/features/rollout/judging.ts'
import { createRolloutJobs } from '../../../apps/api/src/features/rollout/rollout.jobs.ts'
import { createRolloutService } from '../../../apps/api/src/features/rollout/rollout.service.ts'
import type { RolloutTarget } from '../../../apps/api/src/features/rollout/targets.ts'
import { createLogger } from '../../../apps/api/src/telemetry/logging.ts'
import { callerOf } from '../../../apps/api/src/testing/callers.ts'
import { figuresOf, type GatewayFigures } from '../../../apps/api/src/testing/figures.ts'
import { createMemoryAmis, createMemoryFleet } from '../../../apps/api/src/testing/memoryAws.ts'
import { seedTenant } from '../../../apps/api/src/testing/testApi.ts'
import { buildImage, createSigningKey } from '../images/buildImage.ts'
import { sampleBuild } from './sampleImage.ts'
import { useTestDatabase } from './testing.ts'
import { useRolloutFleet } from './useRolloutFleet.ts'

const region = 'us-east-1'
const [old, candidate] = ['ami-0000000000000000a', 'ami-0000000000000000b']
const environment = 'test'
const reason = 'a new release'
const judge = { warmUpSeconds: 0, failPointsMin: 10, passPointsMin: 10 }
const targets: RolloutTarget[] = ['canary', 'rest'].map((group) => ({
  ...{ group, environment, region, zones: [`${region}a`], image: 'gateway' },
  ring: group === 'canary' ? 'canary' : 'fleet',
}))
const plan: Plan = planSchema.parse({
  targets,
  waves: [
    { name: 'canary', groups: ['canary'], bakeSeconds: 210, judge },
    { name: 'rest', groups: ['rest'], bakeSeconds: 120, judge: { ...judge, compares: false } },
  ],
})

type Make = RolloutGroups['make']
type Read = RolloutGroups['read']
/** What a process does in the place of a call of AWS, such as to end. */
export type Ends = Partial<{
  make: (real: Make, ...call: Parameters<Make>) => Promise<void>
  read: (real: Read, ...call: Parameters<Read>) => ReturnType<Read>
}>

/**
 * Rollouts of an image in the catalogue to a fleet whose machines are no processes: a canary and two others, in two waves. The services are real
 * and so is Postgres; the metrics store answers what a test says. Nothing goes on by itself.
 */
export function useRollouts() {
  const urls = useTestDatabase()
  const fleet = useRolloutFleet({ canary: 1, rest: 2 }, { old, others: [candidate] })
  const log = createLogger('silent')
  const amis = createMemoryAmis()
  const memory = createMemoryFleet()
  const key = createSigningKey()
  const people = { admin: callerOf('tomas', 'platform-admin'), approver: callerOf('aiko', 'platform-approver') }
  const at = {} as {
    db: Database
    imageId: string
    /** False: no key is allowed any more. */
    isTrusted: boolean
    /** What each instance with the candidate reports in an interval. */
    figures: GatewayFigures
    service: ReturnType<typeof createRolloutService>
    requests: ReturnType<typeof createChangeRequestService>
    image: ReturnType<typeof createImageService>
  }

  const storage = {
    range: async (promql: string, from: number, to: number, step: number) =>
      figuresOf(promql, { from, to, step }, (gateway) =>
        fleet.instancesOf(['canary', 'rest'], '2').includes(gateway) ? at.figures : {},
      ),
  }
  const preflight = () => createPreflight({ db: at.db, image: at.image, amis: amis.store, alarms: memory.alarms })
  const serviceOf = (known: readonly RolloutTarget[], checks: Preflight = preflight()) =>
    createRolloutService({
      ...{ db: at.db, image: at.image, storage, preflight: checks, canaryRing: 'canary' },
      groupsOf: createRolloutGroups,
      feed: { publish() {}, listen() {}, close() {}, follow: () => expect.fail('no live view') },
      targets: async () => ({ targets: [...known], missing: null }),
    })

  beforeAll(async () => {
    at.db = openDatabase(urls)
    await seedTenant(at.db, 'tickwatch')
    const validity = { validFrom: '2026-01-01T00:00:00Z', validUntil: '2100-01-01T00:00:00Z' }
    const keys = parseKeys(JSON.stringify({ keys: [{ name: 'release', publicKey: key.pem, ...validity }] }))
    const allowed = async () => (at.isTrusted ? keys : [])
    at.image = createImageService({ db: at.db, amis: amis.store, keys: allowed, log })
    const ami = { region, architecture: 'x86_64' as const, imageId: candidate }
    const build = { ...sampleBuild, version: '2.0.0', builtAt: new Date(), amis: [ami] }
    const tags = { 'tickwatch:role': build.name, 'tickwatch:commit': build.commit }
    const known = { ownerId: build.ownerId, state: 'available', architecture: 'x86_64', imdsSupport: 'v2.0', tags }
    amis.state.known.set(
      region,
      [old, candidate].map((imageId) => ({ imageId, ...known })),
    )
    const { apiToken } = await createApiTokenService(at.db).create(people.admin, {
      ...{ name: 'pipeline', scopes: ['images:register'], expiresInDays: 1 },
    })
    at.isTrusted = true
    const program = { token: { tokenId: apiToken.id, name: apiToken.name }, requestId: 'r', source: null }
    const { image } = await at.image.register(program, await buildImage(build, key))
    expect(image.refusals).toEqual([])
    at.imageId = image.id
    const noSlo = { planAsked: () => expect.fail('no SLO'), apply: () => expect.fail('no SLO') }
    at.requests = createChangeRequestService(at.db, { p99: async () => null }, null, noSlo)
  })
  beforeEach(() => {
    Object.assign(at, { isTrusted: true, figures: {}, service: serviceOf(targets) })
    amis.state.away = false
    memory.state.away = false
    memory.state.alarms.clear()
  })
  afterAll(() => at.db?.close())

  /** The job of a process, which knows nothing of those before. */
  const process = ({ make, read }: Ends = {}) =>
    createRolloutJobs({
      ...{ db: at.db, preflight: preflight(), log, judging: createJudging(storage) },
      ...{ queue: createNotificationQueue('test'), ending: new AbortController().signal, sinceMs: 0 },
      now: () => fleet.at.nowMs,
      groupsOf: (name) => {
        const real = createRolloutGroups(name)
        return {
          ...real,
          read: (...call) => (read ? read(real.read, ...call) : real.read(...call)),
          make: (...call) => (make ? make(real.make, ...call) : real.make(...call)),
        }
      },
    })
  const tick = async (ends?: Ends) => (process(ends).ticks.rollouts ?? expect.fail('no tick'))()
  const asked = (change: Partial<Plan['waves'][number]> = {}) => ({
    ...{ imageId: at.imageId, environment, reason },
    plan: { ...plan, waves: plan.waves.map((wave) => ({ ...wave, ...change })) },
  })
  const ask = (change?: Partial<Plan['waves'][number]>) => at.service.ask(people.admin, asked(change))

  return {
    ...{ at, fleet, amis: amis.state, aws: memory.state, people, targets, plan, old, candidate },
    ...{ serviceOf, tick, asked, ask },
    /** Asks for a rollout, which another person approves. */
    async approved(change?: Partial<Plan['waves'][number]>) {
      const made = await ask(change)
      await at.requests.approve(people.approver, { id: made.changeRequestId, reason: 'agreed' })
      return made
    },
    /** Lets it go on until it is over: each step by another process, and then ten seconds. */
    async drive(number: number, endsOf: (i: number) => Ends = () => ({})) {
      for (let i = 0; i < 500; i++) {
        await tick(endsOf(i))
        const view = await at.service.get(number)
        if (view.endedAt !== null) return view
        await fleet.pass(10)
      }
      throw new Error(`It is not over: ${JSON.stringify(await at.service.get(number))}`)
    },
    /** What happened, the oldest first. */
    events: async (number: number) => (await at.service.events({ number, pageSize: 200 })).items.toReversed(),
  }
}
