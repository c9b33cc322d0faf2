// A version goes through its waves while the process that publishes it ends, at each point at which it can.
import { auditLog, type Database, gateways, openDatabase, policyVersions, tenants } from '@tickwatch/db'
import { formatsRead, manifestParameterName, parseManifest, parseWaves, type Ring } from '@tickwatch/policy'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { useTestDatabase } from '../../../../../../local/src/testing/testing.ts'
import { tryAll } from '../../../shared/tryAll.ts'
import { createMetrics } from '../../../telemetry/metrics.ts'
import { createMemoryObjects, createMemoryParameters, createMemorySigner } from '../../../testing/memoryAws.ts'
import { createLeases, type Lease } from '../../../workers/lease.ts'
import { createPromoter } from './promoter.ts'
import { createPublisher } from './publisher.ts'
import { createRingWriter } from './ringWriter.ts'

const urls = useTestDatabase()
/** Nobody is in the second ring. */
const waves = parseWaves('canary,early,fleet')
const [parameters, objects, signer] = [createMemoryParameters(), createMemoryObjects(), createMemorySigner()]
const nameOf = (ring: Ring) => manifestParameterName('test', ring)
const metrics = createMetrics()
let db: Database
beforeAll(() => {
  db = openDatabase(urls)
})
afterAll(() => db.close())

/** One process. It ends right before it would write or call more often than `effectsMax` times, and does nothing after that. */
async function run(work: 'publish' | 'promote', effectsMax: number): Promise<{ effects: number; hasEnded: boolean }> {
  let effects = 0
  let hasEnded = false
  const next = () => {
    hasEnded ||= effects >= effectsMax
    if (hasEnded) throw new Error('the process ended')
    effects += 1
  }
  const { store } = parameters
  const rings = createRingWriter(
    {
      get: store.get,
      put: async (...put) => {
        next()
        return store.put(...put)
      },
      label: async (...label) => {
        next()
        return store.label(...label)
      },
    },
    'test',
  )
  const publisher = createPublisher({
    ...{ db, rings, metrics, waves, environment: 'test', bucket: 'policy' },
    objects: {
      ...objects.store,
      putOnce: async (...put) => {
        next()
        return objects.store.putOnce(...put)
      },
    },
    signer: {
      ...signer,
      sign: async (...sign) => {
        next()
        return signer.sign(...sign)
      },
    },
  })
  const promoter = createPromoter({ db, publisher, rings, metrics, waves })
  const ending = new AbortController().signal
  const leases = createLeases(db, { name: 'publishing', forMs: 60_000 }, ending, pino({ enabled: false }))
  const steps = work === 'publish' ? [publisher.publish, promoter.advance] : [promoter.advance]
  const held = (lease: Lease): Lease => ({
    ...lease,
    write: async (change) => {
      next()
      return lease.write(change)
    },
  })
  await leases
    .hold((lease) => tryAll(steps, (step) => step(held(lease))))
    .catch((error: unknown) => {
      if (!hasEnded) throw error
    })
  return { effects, hasEnded }
}

/** The gateway of a ring reports that it enforces its manifest, or refuses it. */
async function beat(ring: Ring, does: 'attests' | 'refuses' | 'starts'): Promise<void> {
  const at = new Date()
  const text = parameters.newest(nameOf(ring))?.value
  const { version, sha256 } = does === 'starts' ? { version: 0, sha256: '' } : parseManifest(text ?? '')
  const about = { gatewayId: `gateway-${ring}`, ring, zone: 'local-1a', softwareVersion: '0.1.0', formatsRead }
  await db.platform((tx) =>
    gateways.recordHeartbeat(
      tx,
      {
        ...{ ...about, startedAt: new Date(0), tenants: {}, cpuRatio: 0.1, memoryBytes: 1_000_000 },
        applied: does === 'attests' ? { version, sha256, appliedAt: at } : null,
        refused: does === 'refuses' ? { version, reason: 'signature', at } : null,
      },
      at,
    ),
  )
}

let games = 0
/** From a change of a tenant to the end of its version. The process ends once, after so many effects, and another one follows. */
async function story(canary: 'attests' | 'refuses', endsAfter = Number.POSITIVE_INFINITY) {
  games += 1
  const game = { id: `game-${games}`, name: 'A game', plan: 'studio', envelope: {} }
  const by = { subject: 'pat', name: 'Pat Platform' }
  await db.platform((tx) => tenants.create(tx, game, { by, reason: 'new', at: new Date() }))
  const putsBefore = parameters.state.puts
  let effects = 0
  async function go(work: 'publish' | 'promote'): Promise<void> {
    // After its end another process does the same work.
    const max = effects <= endsAfter ? endsAfter - effects : Number.POSITIVE_INFINITY
    const done = await run(work, max)
    effects += done.effects
    if (!done.hasEnded) return
    effects += (await run(work, Number.POSITIVE_INFINITY)).effects + 1
  }
  await go('publish')
  await beat('canary', canary)
  await go('promote')
  if (canary === 'attests') {
    await beat('fleet', 'attests')
    await go('promote')
  }
  const { version, state, held, waves: made } = (await db.platform((tx) => policyVersions.latest(tx))) ?? expect.fail()
  const events = (await db.platform((tx) => auditLog.list(tx, { pageSize: 100 }))).items
  const label = (ring: Ring, name: string) =>
    parameters.labelled(nameOf(ring), name) === parameters.newest(nameOf(ring))?.version
  const ended = {
    ...{ state, held, puts: parameters.state.puts - putsBefore },
    waves: made.map(({ ring, dueAt, publishedAt, enforcedAt }) => ({
      ...{ ring, isDue: dueAt !== null, isPublished: publishedAt !== null, isEnforced: enforcedAt !== null },
      hasManifest: parseManifest(parameters.newest(nameOf(ring))?.value ?? '{}').version === version,
      labels: [label(ring, 'current'), label(ring, 'last-good')],
    })),
    events: events.filter(({ target }) => target === `v${version}`).map(({ action, reason }) => [action, reason]),
    byHand: events.filter(({ action }) => action === 'policy.manifest.reconciled').length,
  }
  return { effects, ended }
}

it.each(['attests', 'refuses'] as const)(
  'a process that ends at any point changes nothing in a version that the canary %s',
  async (canary) => {
    await beat('canary', 'starts')
    await beat('fleet', 'starts')
    await story('attests')
    const { effects, ended } = await story(canary)
    expect(ended).toMatchObject(
      canary === 'attests'
        ? { state: 'enforced', puts: 3, byHand: 0, waves: [{ isEnforced: true }, {}, { isEnforced: true }] }
        : { state: 'refused', puts: 1, byHand: 0, waves: [{}, { isDue: false }, { hasManifest: false }] },
    )
    for (let after = 0; after < effects; after++) {
      expect((await story(canary, after)).ended, `it ended after ${after} of ${effects} effects`).toEqual(ended)
    }
  },
)
