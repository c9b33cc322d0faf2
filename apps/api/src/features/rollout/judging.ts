import type { MetricsQuery } from '@tickwatch/aws'
import {
  comparedWaves,
  type JudgedInstance,
  type JudgePolicy,
  judge,
  type Sides,
  type Verdict,
} from '@tickwatch/rollout'
import { whyMissing } from '../../shared/storageAnswers.ts'
import { type Members, readEvidence, settledAt } from './evidence.ts'
import type { JudgedWave, KnownRollout, Member } from './rollout.stored.ts'

/** The oldest of more than so many intervals are not read. The statistics compare the newest 120. */
const intervalsMax = 2_000
/** Rollouts whose evidence is kept. What is forgotten is read again. */
const keptMax = 50

/** The instances of the wave that is under way which have the candidate, and those that get it in a later wave. */
export function membersOf({ plan, state, seen }: Pick<KnownRollout, 'plan' | 'state' | 'seen'>): Members {
  const later = new Set(plan.waves.slice(state.wave + 1).flatMap(({ groups }) => groups))
  const own = new Set(plan.waves[state.wave]?.groups ?? [])
  const sorted = Object.entries(seen.ready).sort(([a], [b]) => (a < b ? -1 : 1))
  const members = (of: (each: KnownRollout['seen']['ready'][string], id: string) => boolean): Member[] =>
    sorted.filter(([id, each]) => of(each, id)).map(([id, { readySeconds }]) => ({ id, readySeconds }))
  return {
    canary: members((each) => each.isCandidate && own.has(each.group)),
    baseline: members((each) => later.has(each.group)),
  }
}

/** What was read of each instance until a time. The past does not change, so that only the newest intervals are read again. */
type Kept = { untilSeconds: number; byId: Map<string, JudgedInstance> }

export type Judging = {
  /**
   * Judges the wave that is under way. If the metrics store does not answer, nobody knows, and the verdict says so.
   * Null if no instance of it has been ready with the candidate.
   */
  judge(rollout: Pick<KnownRollout, 'id' | 'plan' | 'state' | 'seen'>, nowMs: number): Promise<JudgedWave | null>
}

export function createJudging(storage: Pick<MetricsQuery, 'range'>): Judging {
  const all = new Map<string, Kept>()

  async function sidesOf(
    key: string,
    members: Members,
    { intervalSeconds }: JudgePolicy,
    nowMs: number,
  ): Promise<Sides> {
    const kept = all.get(key) ?? { untilSeconds: 0, byId: new Map<string, JudgedInstance>() }
    const toSeconds = settledAt(nowMs, intervalSeconds)
    if (kept.untilSeconds < toSeconds) {
      const firstReady = Math.min(...members.canary.map(({ readySeconds }) => readySeconds))
      // The last interval that is known says which process ran, so that a restart after it is noticed.
      const since = Math.max(Math.floor(firstReady / intervalSeconds) * intervalSeconds, kept.untilSeconds)
      const fromSeconds = Math.max(since, toSeconds - intervalsMax * intervalSeconds)
      const span = { fromSeconds, toSeconds, intervalSeconds, stepSeconds: intervalSeconds }
      const { canary, baseline } = await readEvidence(storage, members, span)
      for (const instance of [...canary, ...baseline]) add(kept, instance)
      kept.untilSeconds = toSeconds
      if (all.size >= keptMax) all.clear()
      all.set(key, kept)
    }
    const known = (side: readonly Member[]): JudgedInstance[] =>
      side.map(({ id, readySeconds }) => kept.byId.get(id) ?? { id, readySeconds, intervals: [] })
    return { canary: known(members.canary), baseline: known(members.baseline) }
  }

  return {
    async judge({ id, plan, state, seen }, nowMs) {
      const wave = plan.waves[state.wave]
      const members = membersOf({ plan, state, seen })
      if (!wave?.judge || members.canary.length === 0) return null
      const verdict = await judged(async () => {
        const sides = await sidesOf(`${id} ${state.wave}`, members, wave.judge as JudgePolicy, nowMs)
        const context = { comparedWaves: comparedWaves(plan), nowSeconds: nowMs / 1_000 }
        return judge(sides, wave.judge as JudgePolicy, context)
      })
      return { ...verdict, canary: [...members.canary], baseline: [...members.baseline] }
    },
  }
}

function add({ byId, untilSeconds }: Kept, read: JudgedInstance): void {
  const known = byId.get(read.id)
  const newer = read.intervals.filter(({ endSeconds }) => known === undefined || endSeconds > untilSeconds)
  byId.set(read.id, { ...read, ...known, intervals: [...(known?.intervals ?? []), ...newer] })
}

async function judged(how: () => Promise<Verdict>): Promise<Verdict> {
  try {
    return await how()
  } catch (cause) {
    const words = whyMissing('Nobody can judge the wave', cause)
    if (words === null) throw cause
    return { outcome: 'inconclusive', words, findings: [], notes: [], points: 0, fromSeconds: null, toSeconds: null }
  }
}
