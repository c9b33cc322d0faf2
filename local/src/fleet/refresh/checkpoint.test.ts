import { describe, expect, it } from 'vitest'
import { Simulation } from '../testing/simulation.ts'

/** Runs a refresh that replaces as many at a time as it may. */
function refresh(desired: number, checkpointPercents: number[]) {
  const preferences = { minHealthyPercent: 0, maxHealthyPercent: 100, checkpointPercents, checkpointSeconds: 300 }
  const simulation = new Simulation(desired).start({ preferences })
  /** How many instances were new at each stop. */
  const stops: number[] = []
  let since: number | null = null
  simulation.until(({ refresh: { checkpointMs, endMs }, seen }) => {
    if (checkpointMs !== null && checkpointMs !== since) stops.push(seen.at(-1)?.second ?? 0)
    since = checkpointMs
    return endMs !== null
  })
  return { stops, status: simulation.refresh.status, versions: simulation.versions.join('') }
}

describe('a checkpoint', () => {
  it.each<[desired: number, percents: number[], stops: number[]]>([
    [10, [20, 50, 100], [2, 5]],
    // The percentages round up.
    [4, [10, 60, 100], [1, 3]],
    // The example of AWS: after one of two are replaced, 10 % and 40 % are both reached, and it waits once.
    [2, [10, 40, 100], [1]],
    [1, [50, 100], []],
    [3, [100], []],
  ])('of %d instances at %j %% stops when so many are new: %j', (desired, percents, stops) => {
    expect(refresh(desired, percents)).toEqual({ stops, status: 'Successful', versions: '2'.repeat(desired) })
  })

  it('that is the last and below 100 leaves the rest as it is', () => {
    expect(refresh(4, [50])).toEqual({ stops: [2], status: 'Successful', versions: '1122' })
  })

  it('waits as long as it shall, which does not count as being stuck', () => {
    const simulation = new Simulation(2).start({
      preferences: { minHealthyPercent: 50, checkpointPercents: [50, 100], checkpointSeconds: 7_200 },
    })
    simulation.until((each) => each.refresh.checkpointMs !== null)
    const reached = simulation.nowMs
    simulation.until(({ nowMs }) => nowMs > reached + 3_700_000)
    expect(simulation.refresh).toMatchObject({ status: 'InProgress', reason: 'It waits at the checkpoint of 50 %.' })
    expect(simulation.seen.at(-1)?.second).toBe(1)
    simulation.finish()
    expect(simulation.refresh.status).toBe('Successful')
    expect(simulation.nowMs - reached).toBeGreaterThanOrEqual(7_200_000)
  })
})
