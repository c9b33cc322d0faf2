import type { RolloutGroups } from '@tickwatch/aws/rollout'
import { isOver, newRollout, nextStep, type Plan, planSchema, type State } from '@tickwatch/rollout'
import { until } from '../../process/until.ts'

export const region = 'us-east-1'

/** The groups canary and rest, one after the other, without a judge. */
export const twoWaves: Plan = planSchema.parse({
  targets: ['canary', 'rest'].map((group) => ({
    ...{ group, environment: 'test', region, zones: [`${region}a`] },
    ring: group === 'canary' ? 'canary' : 'fleet',
  })),
  waves: ['canary', 'rest'].map((group) => ({ name: group, groups: [group], bakeSeconds: 1, judge: null })),
})

/**
 * Asks the state machine of rollouts and makes its calls, until the rollout is over.
 * @param clockMs its clock
 * @param makeTwice each call is made again at once, as after a crash
 */
export async function drive(
  groups: RolloutGroups,
  id: string,
  imageId: string,
  { clockMs = Date.now, makeTwice = false }: { clockMs?: () => number; makeTwice?: boolean } = {},
): Promise<{ state: State; said: string[] }> {
  const said: string[] = []
  let state = newRollout()
  await until(
    `${id} over`,
    async () => {
      const { groups: read } = await groups.read(['canary', 'rest'], id)
      const observed = { approval: 'approved' as const, groups: read, verdict: null, blocks: [], fault: null }
      const step = nextStep(id, twoWaves, state, observed, clockMs())
      state = step.state
      said.push(...step.events.map(({ kind }) => kind))
      for (const command of step.commands) {
        await groups.make(command, imageId)
        if (makeTwice) await groups.make(command, imageId)
      }
      return isOver(state)
    },
    { seconds: 500, everyMs: 50 },
  )
  return { state, said }
}
