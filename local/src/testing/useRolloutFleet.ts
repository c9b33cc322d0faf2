import { afterEach, beforeEach, vi } from 'vitest'
import { Fleet } from '../fleet/fleet.ts'
import { serveFleet } from '../fleet/query/server.ts'
import { FakeMachines } from '../fleet/testing/fakeMachines.ts'
import { fleetOf, imageOf } from '../fleet/testing/states.ts'

/**
 * Each test gets groups of these sizes, all in service, whose machines are no processes and whose time passes only in `pass`. The environment
 * leads the clients of Auto Scaling and EC2 to them.
 * @param images what the groups run, and others that exist
 */
export function useRolloutFleet(
  sizes: Readonly<Record<string, number>>,
  images: { old: string; others: readonly string[] },
) {
  const at = {} as { fleet: Fleet; machines: FakeMachines; nowMs: number }
  let stop: () => Promise<void>

  beforeEach(async () => {
    const state = fleetOf(sizes)
    state.images = [images.old, ...images.others].map(imageOf)
    for (const { versions } of state.templates) for (const version of versions) version.imageId = images.old
    at.nowMs = Date.now()
    at.machines = new FakeMachines()
    at.fleet = new Fleet({ state, machines: at.machines, now: () => at.nowMs })
    const server = await serveFleet(at.fleet, 0)
    stop = server.stop
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test')
    vi.stubEnv('AWS_ENDPOINT_URL_AUTO_SCALING', server.url)
    vi.stubEnv('AWS_ENDPOINT_URL_EC2', server.url)
    for (let i = 0; i < 10; i++) await at.fleet.step()
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    await stop()
  })

  return {
    at,
    /** Lets so much time pass, in which the fleet goes on. */
    async pass(seconds: number): Promise<void> {
      at.nowMs += seconds * 1_000
      await at.fleet.step()
    },
    /** The ids of the instances of these groups that run this version of their launch template. */
    instancesOf: (groups: readonly string[], templateVersion: string): string[] =>
      groups.flatMap((name) =>
        at.fleet.group(name).instances.flatMap((each) => (each.templateVersion === templateVersion ? [each.id] : [])),
      ),
    /** The version of a group’s own template, the versions of its instances, and its refreshes. */
    seen(name: string) {
      const { templateVersion, instances, refreshes } = at.fleet.group(name)
      return {
        templateVersion,
        instances: instances.map((each) => each.templateVersion).sort(),
        refreshes: refreshes.map(({ status }) => status),
      }
    },
  }
}
