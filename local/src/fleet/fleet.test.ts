import { expect, it } from 'vitest'
import { Fleet } from './fleet.ts'
import type { FleetState } from './fleetState.ts'
import { FakeMachines } from './testing/fakeMachines.ts'
import { fleetOf } from './testing/states.ts'

class Clocked {
  readonly machines = new FakeMachines()
  readonly stored: string[] = []
  readonly fleet: Fleet
  nowMs: number

  constructor(state: FleetState, nowMs = 0) {
    this.nowMs = nowMs
    const changed = (now: FleetState) => this.stored.push(JSON.stringify(now))
    this.fleet = new Fleet({ state, machines: this.machines, now: () => this.nowMs, changed })
  }

  async step(steps = 1): Promise<this> {
    for (let i = 0; i < steps; i++) {
      this.nowMs += 1_000
      await this.fleet.step()
    }
    return this
  }

  get instances() {
    return this.fleet.group('gateways').instances
  }
  get running(): string[] {
    return [...this.machines.orders.keys()]
  }
}

it('a group launches what it wants, spread over its zones, with the image of its own template', async () => {
  const { machines, instances, running } = await new Clocked(fleetOf({ gateways: 3 })).step(3)
  expect(instances.map(({ lifecycle, zone }) => [lifecycle, zone])).toEqual([
    ['InService', 'us-east-1a'],
    ['InService', 'us-east-1b'],
    ['InService', 'us-east-1c'],
  ])
  expect(running).toEqual(instances.map(({ id }) => id))
  expect([...machines.orders.values()].map(({ imageId }) => imageId)).toEqual(['ami-old', 'ami-old', 'ami-old'])
})

it('an instance whose process ended is replaced, in its zone', async () => {
  const at = await new Clocked(fleetOf({ gateways: 3 })).step(3)
  const [, second] = at.instances
  at.machines.become(second?.id ?? '', 'ended')
  await at.step(3)
  expect(at.instances.map(({ id }) => id)).not.toContain(second?.id)
  expect(at.instances.map(({ zone }) => zone).sort()).toEqual(['us-east-1a', 'us-east-1b', 'us-east-1c'])
  expect(at.running).toHaveLength(4)
})

it('after a restart the same instances are launched again', async () => {
  const before = await new Clocked(fleetOf({ gateways: 2 })).step(3)
  const after = await new Clocked(JSON.parse(before.stored.at(-1) ?? '') as FleetState, before.nowMs).step()
  expect(after.running).toEqual(before.instances.map(({ id }) => id))
  expect(after.instances.map(({ lifecycle }) => lifecycle)).toEqual(['Pending', 'Pending'])
  await after.step(3)
  expect(after.instances).toEqual(before.instances)
})

it('after a restart a refresh goes on', async () => {
  const before = await new Clocked(fleetOf({ gateways: 2 })).step(3)
  before.fleet.addVersion(before.fleet.templateOf(before.fleet.group('gateways')), 'ami-new', '', null)
  const desired = { number: '2' }
  before.fleet.startRefresh('gateways', { desired, preferences: { minHealthyPercent: 50, bakeSeconds: 5 } })
  await before.step()
  const after = await new Clocked(JSON.parse(before.stored.at(-1) ?? '') as FleetState, before.nowMs).step(20)
  expect(after.fleet.group('gateways')).toMatchObject({ templateVersion: '2', refreshes: [{ status: 'Successful' }] })
  expect(after.instances.map(({ templateVersion }) => templateVersion)).toEqual(['2', '2'])
  expect([...after.machines.orders.values()].filter(({ imageId }) => imageId === 'ami-new')).toHaveLength(2)
})

it('nothing runs of an image that is deregistered, and the refresh does not go on', async () => {
  const at = await new Clocked(fleetOf({ gateways: 1 })).step(3)
  at.fleet.addVersion(at.fleet.templateOf(at.fleet.group('gateways')), 'ami-gone', '', null)
  const preferences = { minHealthyPercent: 100, maxHealthyPercent: 200 }
  at.fleet.startRefresh('gateways', { desired: { number: '2' }, preferences })
  await at.step(60)
  expect(at.running).toHaveLength(1)
  expect(at.fleet.group('gateways')).toMatchObject({ templateVersion: '1', refreshes: [{ status: 'InProgress' }] })
  expect(at.instances.filter(({ lifecycle }) => lifecycle === 'InService')).toHaveLength(1)
})

it('no two images that are available have the same name', () => {
  const { fleet, stored } = new Clocked(fleetOf({ gateways: 1 }))
  const about = { name: 'gateway-1.0.0', architecture: 'x86_64', imdsSupport: 'v2.0', tags: {} } as const
  const first = fleet.registerImage(about)
  expect(() => fleet.registerImage(about)).toThrow(`AMI name gateway-1.0.0 is in use by AMI ${first.id}`)
  fleet.deregisterImage(first.id)
  expect(() => fleet.deregisterImage(first.id)).toThrow('does not exist')
  expect(fleet.registerImage(about).id).not.toBe(first.id)
  expect(stored).toHaveLength(3)
})

it('the state is stored when it changed, and only then', async () => {
  const at = await new Clocked(fleetOf({ gateways: 1 })).step(5)
  const count = at.stored.length
  expect(JSON.parse(at.stored.at(-1) ?? '')).toEqual(at.fleet.state)
  await at.step(5)
  expect(at.stored).toHaveLength(count)
})
