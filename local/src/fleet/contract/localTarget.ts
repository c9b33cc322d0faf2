import { AutoScalingClient } from '@aws-sdk/client-auto-scaling'
import { EC2Client } from '@aws-sdk/client-ec2'
import { Fleet } from '../fleet.ts'
import { keepStepping } from '../loop.ts'
import { serveFleet } from '../query/server.ts'
import { FakeMachines } from '../testing/fakeMachines.ts'
import { fleetOf } from '../testing/states.ts'
import type { Target } from './target.ts'

/** The local fleet with machines that are not processes. */
export async function openLocalTarget(): Promise<Target> {
  const machines = new FakeMachines()
  const fleet = new Fleet({ state: fleetOf({ gateways: 2 }), machines, now: Date.now })
  const faults: unknown[] = []
  const stopStepping = keepStepping(fleet, 10, (cause) => faults.push(cause))
  const server = await serveFleet(fleet, 0)
  const config = { endpoint: server.url, region: 'us-east-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } }
  return {
    autoScaling: new AutoScalingClient(config),
    ec2: new EC2Client(config),
    group: 'gateways',
    otherImage: 'ami-new',
    waits: { seconds: 30, everyMs: 20 },
    refreshesMax: Number.POSITIVE_INFINITY,
    alarm: {
      name: 'errors',
      async become(state) {
        fleet.state.alarms.errors = state
      },
    },
    async whileNothingGetsReady(work) {
      for (const { id } of fleet.state.images) machines.neverReady.add(id)
      try {
        return await work()
      } finally {
        machines.neverReady.clear()
      }
    },
    async stop() {
      await server.stop()
      await stopStepping()
      if (faults.length > 0) throw new AggregateError(faults, 'the fleet failed')
    },
  }
}
