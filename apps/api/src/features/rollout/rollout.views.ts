import type { ChangeRequest, RolloutBrief, StoredRolloutEvent, StoredVerdict } from '@tickwatch/db'
import { actions, byHand, type Group, type Plan } from '@tickwatch/rollout'
import { judgedOf, type KnownRollout, type SeenGroup } from './rollout.stored.ts'
import type {
  EventView,
  GroupView,
  ImageName,
  RolloutRow,
  RolloutView,
  VerdictView,
  WaveView,
} from './rollout.types.ts'
import { standing, unreadWords } from './rollout.words.ts'
import { waveProgress } from './waves.ts'

export function rowOf(rollout: KnownRollout, image: ImageName, nowMs: number): RolloutRow {
  const { id, number, environment, plan, state, by, reason } = rollout
  const index = Math.min(state.wave, plan.waves.length - 1)
  const hasBegun = Object.keys(state.previous).length > 0
  return {
    ...{ id, number, image, environment, phase: state.phase, by, reason, holding: state.holding },
    wave: hasBegun ? { index, name: plan.waves[index]?.name ?? '', count: plan.waves.length } : null,
    createdAt: rollout.createdAt.toISOString(),
    startedAt: rollout.startedAt?.toISOString() ?? null,
    endedAt: rollout.endedAt?.toISOString() ?? null,
    paused: state.paused && {
      ...{ by: state.paused.by, reason: state.paused.reason },
      at: new Date(state.paused.atMs).toISOString(),
    },
    words: standing(rollout, nowMs),
  }
}

export function rolloutView(
  rollout: KnownRollout,
  about: {
    image: ImageName
    request: ChangeRequest | null
    verdicts: readonly StoredVerdict[]
    previousImage: ImageName | null
  },
  nowMs: number,
): RolloutView {
  const { plan, planSha256, state, seen, observedAt, changeRequestId } = rollout
  const { request } = about
  return {
    ...rowOf(rollout, about.image, nowMs),
    ...{ plan, planSha256, previousImage: about.previousImage, ending: state.ending },
    expiresAt: rollout.expiresAt.toISOString(),
    waves: plan.waves.map((_, i) => waveView(rollout, i, nowMs)),
    verdicts: about.verdicts.flatMap(verdictView),
    groups: groupViews(plan, new Map(Object.entries(seen.groups))),
    observedAt: observedAt?.toISOString() ?? null,
    unread: unreadWords(seen.unread),
    request: {
      id: changeRequestId,
      state: request?.state ?? 'outdated',
      approvals: (request?.approvals ?? []).map(({ at, ...approval }) => ({ ...approval, at: at.toISOString() })),
      approversNeeded: request?.approversNeeded ?? 1,
      decision: request?.decision
        ? { ...request.decision, at: request.decision.at.toISOString(), approved: request.state === 'approved' }
        : null,
    },
    // A refusal does not depend on who asks and why.
    actions: actions.map((kind) => ({ kind, refusal: byHand(state, { kind, by: '-', reason: '-' }, nowMs).refusal })),
  }
}

function waveView(rollout: KnownRollout, index: number, nowMs: number): WaveView {
  const { name = '', groups = [] } = rollout.plan.waves[index] ?? {}
  const { bakeEndsAt, ...progress } = waveProgress(rollout, index, nowMs)
  return { name, groups, ...progress, bakeEndsAt: bakeEndsAt === null ? null : new Date(bakeEndsAt).toISOString() }
}

function verdictView({ wave, at, verdict }: StoredVerdict): VerdictView[] {
  const judged = judgedOf(verdict)
  if (!judged) return []
  const { canary: _, baseline: __, ...shown } = judged
  return [{ wave, at: at.toISOString(), verdict: shown }]
}

/** In the order of the plan. A group that was never read is left out. */
export function groupViews(plan: Plan, groups: ReadonlyMap<string, Group | SeenGroup>): GroupView[] {
  return plan.targets.flatMap(({ group: name, region, zones, ring }) => {
    const group = groups.get(name)
    if (!group) return []
    const { desired, templateVersion, imageId, candidateVersion, instances } = group
    const shown = instances.map(({ isProtected: _, ...instance }) => ({
      ...instance,
      isCandidate: candidateVersion !== null && instance.templateVersion === candidateVersion,
    }))
    return [{ group: name, region, zones, ring, desired, templateVersion, imageId, instances: shown }]
  })
}

export const eventView = ({ at, ...event }: StoredRolloutEvent): EventView => ({ ...event, at: at.toISOString() })

export const imageOf = (brief: RolloutBrief | undefined): ImageName => brief?.image ?? { id: '', name: '', version: '' }
