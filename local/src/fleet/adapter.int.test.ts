// packages/aws's adapter for rollouts against the fleet, with machines that are no processes.
import { createAmis } from '@tickwatch/aws/amis'
import { createRolloutGroups, type RolloutGroups } from '@tickwatch/aws/rollout'
import { forwardPreferences, type Wave } from '@tickwatch/rollout'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { deregisterAmi, registerAmi } from '../images/amis.ts'
import { until } from '../process/until.ts'
import { Fleet } from './fleet.ts'
import { keepStepping } from './loop.ts'
import { serveFleet } from './query/server.ts'
import { drive, region, twoWaves } from './testing/drive.ts'
import { FakeMachines } from './testing/fakeMachines.ts'
import { fleetOf } from './testing/states.ts'

let fleet: Fleet
let machines: FakeMachines
let groups: RolloutGroups
let url: string
let stop: () => Promise<unknown>

beforeEach(async () => {
  machines = new FakeMachines()
  fleet = new Fleet({ state: fleetOf({ canary: 1, rest: 2 }), machines, now: Date.now })
  const faults: unknown[] = []
  const stopStepping = keepStepping(fleet, 10, (cause) => faults.push(cause))
  const server = await serveFleet(fleet, 0)
  url = server.url
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
  vi.stubEnv('AWS_ENDPOINT_URL_AUTO_SCALING', server.url)
  vi.stubEnv('AWS_ENDPOINT_URL_EC2', server.url)
  groups = createRolloutGroups(region)
  stop = async () => {
    await server.stop()
    await stopStepping()
    expect(faults).toEqual([])
  }
  await until('all in service', async () => (await counts('InService')).join() === '1,2')
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await stop()
})

const read = async (name: string, rolloutId = 'r-1') => {
  const group = (await groups.read([name], rolloutId)).groups.get(name)
  if (!group) throw new Error(`${name} was not read.`)
  return group
}
const counts = (lifecycle: string) =>
  Promise.all(
    ['canary', 'rest'].map(
      async (name) => (await read(name)).instances.filter((each) => each.lifecycle === lifecycle).length,
    ),
  )
const [wave] = twoWaves.waves as [Wave, ...Wave[]]
const start = (templateVersion: string, changes: Partial<Wave> = {}) =>
  groups.make(
    {
      kind: 'start refresh',
      group: 'canary',
      templateVersion,
      preferences: forwardPreferences({ ...wave, ...changes }),
    },
    'ami-new',
  )
const create = (token = 'r-1', group = 'canary') =>
  groups.make({ kind: 'create template version', group, token }, 'ami-new')

describe('a group', () => {
  it('is read as it is', async () => {
    const { instances, ...rest } = await read('canary')
    expect(rest).toEqual({
      templateVersion: '1',
      imageId: 'ami-old',
      desired: 1,
      candidateVersion: null,
      refreshes: [],
    })
    expect(instances).toEqual([
      {
        id: expect.stringMatching(/^i-[0-9a-f]{17}$/),
        zone: 'us-east-1a',
        templateVersion: '1',
        lifecycle: 'InService',
        isProtected: false,
        isReady: true,
        isSilent: false,
      },
    ])
  })

  it('that does not exist is not among those that were read, and not among those that could not be', async () => {
    const found = await groups.read(['canary', 'none'], 'r-1')
    expect([...found.groups.keys()]).toEqual(['canary'])
    expect([...found.unread.keys()]).toEqual([])
    const command = { kind: 'create template version', group: 'none', token: 'r-1' } as const
    await expect(groups.make(command, 'ami-new')).rejects.toMatchObject({ code: 'GroupNotFound' })
  })

  it('with an instance that gets ready has one that is pending, whatever it waits for', async () => {
    machines.neverReady.add('ami-new')
    await create()
    await start('2')
    await until('a pending one', async () => (await counts('Pending'))[0] === 1)
    const pending = (await read('canary')).instances.find(({ lifecycle }) => lifecycle === 'Pending')
    expect(pending).toMatchObject({ templateVersion: '2', isReady: false })
  })

  it('with an instance that stopped being ready says so', async () => {
    const [instance] = (await read('canary')).instances
    machines.become(instance?.id ?? '', 'not ready')
    await until('not ready', async () => (await read('canary')).instances[0]?.isReady === false)
    expect((await read('canary')).instances[0]?.lifecycle).toBe('InService')
  })
})

it('an instance is a member of its group until it ends, and one that was never launched is not', async () => {
  const [before] = (await read('canary')).instances
  const id = before?.id ?? ''
  const members = () => groups.members([id, 'i-0123456789abcdef0'])
  expect([...(await members())]).toEqual([id])
  machines.become(id, 'ended')
  await until('gone', async () => (await members()).size === 0)
})

describe('a call that is made twice', () => {
  it('creates one version, which belongs to one rollout and one group', async () => {
    await create()
    await create()
    expect(await read('canary')).toMatchObject({ templateVersion: '1', candidateVersion: '2' })
    expect((await read('canary', 'r-2')).candidateVersion).toBeNull()
    expect((await read('rest')).candidateVersion).toBeNull()
    await create('r-2')
    expect((await read('canary', 'r-2')).candidateVersion).toBe('3')
  })

  it('starts one refresh, with every preference of the wave', async () => {
    await create()
    const changes = { checkpointPercents: [50, 100], checkpointSeconds: 60, bakeSeconds: 600 }
    await start('2', changes)
    await start('2', changes)
    const { refreshes } = fleet.group('canary')
    expect(refreshes).toHaveLength(1)
    expect(refreshes[0]).toMatchObject({
      desiredVersion: '2',
      preferences: { ...forwardPreferences({ ...wave, ...changes }) },
    })
  })

  it.each(['roll back refresh', 'cancel refresh'] as const)('of %s ends this refresh, and no other', async (kind) => {
    await create()
    await start('2', { bakeSeconds: 600 })
    const [first] = (await read('canary')).refreshes
    const end = () => groups.make({ kind, group: 'canary', refreshId: first?.id ?? '' }, 'ami-new')
    await end()
    await end()
    await until('ended', () => fleet.group('canary').refreshes[0]?.endMs !== null)
    await start('2', { bakeSeconds: 600 })
    await end()
    expect((await read('canary')).refreshes[0]?.status).not.toMatch(/Cancel|Rollback/)
  })
})

it('a start that AWS refuses says why', async () => {
  await create()
  await expect(start('2', { alarms: ['errors'] })).rejects.toMatchObject({
    code: 'ValidationError',
    message: expect.stringContaining('errors is not found'),
  })
})

it('only images that are available are', async () => {
  fleet.state.images = fleet.state.images.map((image) => ({ ...image, isAvailable: image.id !== 'ami-old' }))
  expect(await groups.availableImages(['ami-old', 'ami-new', 'ami-none'])).toEqual(new Set(['ami-new']))
  expect(await groups.availableImages([])).toEqual(new Set())
})

it('an AMI that is registered is described as the catalogue asks for it, until it is deregistered', async () => {
  const tags = { 'tickwatch:role': 'gateway', 'tickwatch:commit': 'c'.repeat(40) }
  const known = { name: 'gateway-1.0.0', architecture: 'arm64', tags } as const
  const id = await registerAmi(url, known)
  expect(await registerAmi(url, known)).toBe(id)
  const other = await registerAmi(url, { ...known, name: 'gateway-1.1.0', tags: {}, imdsV1: true })
  const about = { ownerId: '000000000000', state: 'available', architecture: 'arm64' }
  const describe = () => createAmis().describe(region, [id, other, 'ami-none'])
  expect(await describe()).toEqual([
    { ...about, imageId: id, imdsSupport: 'v2.0', tags },
    { ...about, imageId: other, imdsSupport: null, tags: {} },
  ])
  await deregisterAmi(url, id)
  expect((await describe()).map(({ imageId }) => imageId)).toEqual([other])
  await expect(deregisterAmi(url, id)).rejects.toThrow('InvalidAMIID.NotFound')
})

it('a refresh that an alarm stops is rolled back by Auto Scaling itself, and says why', async () => {
  fleet.state.alarms.errors = 'OK'
  await create('r-0')
  await start('2', { alarms: ['errors'], bakeSeconds: 600 })
  await until('baking', async () => (await read('canary')).refreshes[0]?.status === 'Baking')
  fleet.state.alarms.errors = 'ALARM'
  await until('back', async () => (await read('canary')).refreshes[0]?.status === 'RollbackSuccessful')
  const { refreshes, instances, templateVersion } = await read('canary')
  expect(refreshes[0]?.reason).toBe('Alarms went into ALARM: errors.')
  expect([templateVersion, ...instances.map((each) => each.templateVersion)]).toEqual(['1', '1'])
})

describe('a rollout', () => {
  it('goes through wave by wave, and each call that is made twice has one effect', async () => {
    const { state, said } = await drive(groups, 'r-1', 'ami-new', { makeTwice: true })
    expect(state.phase).toBe('succeeded')
    expect(said).toEqual(['started', 'wave started', 'wave complete', 'wave started', 'wave complete', 'succeeded'])
    for (const name of ['canary', 'rest']) {
      const { templateVersion, imageId, instances, refreshes } = await read(name)
      expect([templateVersion, imageId, refreshes.length]).toEqual(['2', 'ami-new', 1])
      expect(new Set(instances.map((each) => each.templateVersion))).toEqual(new Set(['2']))
    }
  })

  it('whose group somebody sets to $Latest meanwhile, which AWS can’t roll back, is led back all the same', async () => {
    machines.neverReady.add('ami-new')
    const startMs = Date.now()
    let isEdited = false
    const clockMs = () => {
      const group = fleet.group('canary')
      const runs = group.instances.some(({ templateVersion }) => templateVersion === '2')
      if (runs && !isEdited) {
        fleet.replace({ ...group, templateVersion: '$Latest' })
        isEdited = true
      }
      return isEdited ? startMs + 600_000 : startMs
    }
    const { state } = await drive(groups, 'r-1', 'ami-new', { clockMs })
    expect(state).toMatchObject({ phase: 'rolled back', wave: 0 })
    const { templateVersion, instances, refreshes } = await read('canary')
    expect([templateVersion, ...instances.map((each) => each.templateVersion)]).toEqual(['1', '1'])
    expect(refreshes.map(({ status }) => status)).toEqual(['Successful', 'Cancelled'])
  })

  it('whose image never gets ready is rolled back at the canary', async () => {
    machines.neverReady.add('ami-new')
    const startMs = Date.now()
    const runs = () => fleet.group('canary').instances.some(({ templateVersion }) => templateVersion === '2')
    const clockMs = () => (runs() ? startMs + 600_000 : startMs)
    const { state } = await drive(groups, 'r-1', 'ami-new', { clockMs })
    expect(state).toMatchObject({ phase: 'rolled back', wave: 0 })
    expect((await read('canary')).refreshes[0]?.status).toBe('RollbackSuccessful')
    expect((await read('rest')).refreshes).toEqual([])
  })
})
