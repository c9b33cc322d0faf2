import { type ChangeRequest, type PlatformTx, rollouts } from '@tickwatch/db'
import type { RolloutChangeView } from './changeRequest.types.ts'
import { askedRollout } from './rolloutSubject.ts'

/** What those of the requests that are for rollouts ask for, by the ids of the requests. None that this release can't read. */
export async function readRolloutViews(
  tx: PlatformTx,
  requests: readonly ChangeRequest[],
): Promise<ReadonlyMap<string, RolloutChangeView>> {
  const asked = requests.flatMap(({ id, subject, approversNeeded }) => {
    const rollout = subject && askedRollout(subject)
    return rollout ? [{ id, rolloutId: subject.id, sha256: subject.sha256, approversNeeded, ...rollout }] : []
  })
  if (asked.length === 0) return new Map()
  const briefs = await rollouts.briefs(
    tx,
    asked.map(({ rolloutId }) => rolloutId),
  )
  return new Map(
    asked.flatMap(({ id, rolloutId, environment, plan, approversNeeded, sha256 }) => {
      const brief = briefs.get(rolloutId)
      if (!brief) return []
      const { number, image } = brief
      const waves = plan.waves.map(({ name, groups }) => ({ name, groups }))
      return [[id, { rolloutId, number, image, environment, waves, approversNeeded, sha256 }] as const]
    }),
  )
}
