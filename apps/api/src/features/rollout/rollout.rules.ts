import type { ChangeRequest, Gateway, StoredRollout } from '@tickwatch/db'
import { awayAfterMs } from '@tickwatch/policy'
import {
  type Group,
  type Observed,
  type Plan,
  planSchema,
  type State,
  type Target,
  usualWaves,
} from '@tickwatch/rollout'
import type { KnownRollout, Seen } from './rollout.stored.ts'
import type { RolloutTarget } from './targets.ts'

/** What is wrong with a part of a plan. */
export type PlanFault = { path: (string | number)[]; message: string }

/** For how long people may decide about a rollout. */
export const requestHours = 24

/** A plan that nobody has to change: the usual waves, with the usual times. */
export function usualPlan(
  image: { name: string },
  environment: string,
  known: readonly RolloutTarget[],
  canaryRing: string,
): { plan: Plan; faults: PlanFault[] } {
  const targets = known.filter((target) => target.environment === environment && target.image === image.name)
  if (targets.length === 0) {
    const message = `No target of the environment ${environment} runs images with the name ${image.name}.`
    return { plan: { targets: [], waves: [] }, faults: [{ path: ['targets'], message }] }
  }
  return parsePlan({ targets, waves: usualWaves(targets, canaryRing) } as Plan)
}

/** The plan with what the schema says of it. With faults it is as it was. */
export function parsePlan(plan: Plan): { plan: Plan; faults: PlanFault[] } {
  const parsed = planSchema.safeParse(plan)
  if (parsed.success) return { plan: parsed.data, faults: [] }
  const faults = parsed.error.issues.map(({ path, message }) => ({
    path: path.map((part) => (typeof part === 'symbol' ? String(part) : part)),
    message,
  }))
  return { plan, faults }
}

/**
 * What a plan says of its targets must be what the file says: the environment decides how many people approve. All of them are of the
 * environment that is asked for and run images of this name.
 */
export function targetFaults(
  plan: Plan,
  image: { name: string },
  environment: string,
  known: readonly RolloutTarget[],
): PlanFault[] {
  return plan.targets.flatMap((target, i) => {
    const fault = targetFault(target, image.name, environment, known)
    return fault === null ? [] : [{ path: ['targets', i, 'group'], message: fault }]
  })
}

function targetFault(
  target: Target,
  imageName: string,
  environment: string,
  known: readonly RolloutTarget[],
): string | null {
  const { group, region, ring, zones } = target
  const listed = known.find((each) => each.group === group && each.region === region)
  if (!listed) return `${group} in ${region} is not in the file of targets.`
  const isSame =
    listed.environment === target.environment && listed.ring === ring && listed.zones.join() === zones.join()
  if (!isSame) return `${group} is not as the file of targets has it. Reload the page.`
  if (listed.environment !== environment) return `${group} is of the environment ${listed.environment}.`
  return listed.image === imageName ? null : `${group} runs images with the name ${listed.image}, not ${imageName}.`
}

/** Groups of the canary's ring get an image before all others, as they get each version of the policy. */
export function canaryFaults({ targets, waves }: Plan, canaryRing: string): PlanFault[] {
  if (!targets.some(({ ring }) => ring === canaryRing)) return []
  return (waves[0]?.groups ?? []).flatMap((group, i) => {
    const ring = targets.find((target) => target.group === group)?.ring ?? canaryRing
    const message = `${group} is of the ring ${ring}. The first wave has only groups of the ring ${canaryRing}: move it to a later one.`
    return ring === canaryRing ? [] : [{ path: ['waves', 0, 'groups', i], message }]
  })
}

/** What the request for a rollout means for it. One that was withdrawn was not approved. */
export function approvalOf(
  request: Pick<ChangeRequest, 'state'> | null,
  { expiresAt }: Pick<StoredRollout, 'expiresAt'>,
  nowMs: number,
): Observed['approval'] {
  switch (request?.state) {
    case 'approved':
      return 'approved'
    case 'declined':
    case 'withdrawn':
      return 'declined'
    case 'pending':
      return nowMs < expiresAt.getTime() ? 'waiting' : 'expired'
    default:
      return 'expired'
  }
}

/** The groups that the state machine must see as they are now. */
export function groupsOfNow(plan: Plan, state: State, next: number | null): string[] {
  const starting = next === null ? [] : (plan.waves[next]?.groups ?? [])
  switch (state.phase) {
    case 'running':
      return [...new Set([...(plan.waves[state.wave]?.groups ?? []), ...starting])]
    case 'rolling back':
    case 'aborting':
      return Object.keys(state.previous)
    default:
      return starting
  }
}

/** Each group is two calls of AWS, whose rates are shared by all of an account. */
const readEveryMs = 250

/** Whether it is time to read these groups again: after some seconds, with many groups or an AWS that throttles after longer. */
export function isTimeToRead(names: readonly string[], seen: Seen, nowMs: number): boolean {
  if (seen.away !== null && nowMs < seen.away.againAtMs) return false
  const lastMs = Math.max(0, ...names.map((name) => seen.groups[name]?.atMs ?? 0))
  return nowMs - lastMs >= names.length * readEveryMs
}

/** The others are on the page, and the baseline is among them. */
const othersEveryMs = 30_000

/** The groups to read in this step. The others were read a short time ago. */
export function groupsToRead(plan: Plan, now: readonly string[], seen: Seen, nowMs: number): Target[] {
  return plan.targets.filter(({ group }) => {
    const atMs = seen.groups[group]?.atMs
    return now.includes(group) || atMs === undefined || nowMs - atMs >= othersEveryMs
  })
}

/**
 * Marks the instances whose heartbeats stopped. One that never sent any is not silent: not every image has a gateway.
 * @param gateways by id, which is the id of the instance
 * @param sinceMs when this process began to receive heartbeats
 */
export function withSilence(
  group: Group,
  gateways: ReadonlyMap<string, Pick<Gateway, 'heartbeatAt'>>,
  sinceMs: number,
  nowMs: number,
): Group {
  const isSilent = ({ id, lifecycle }: Group['instances'][number]) => {
    const gateway = gateways.get(id)
    if (!gateway || lifecycle !== 'InService') return false
    return nowMs - Math.max(gateway.heartbeatAt.getTime(), sinceMs) > awayAfterMs
  }
  return { ...group, instances: group.instances.map((each) => ({ ...each, isSilent: isSilent(each) })) }
}

/** What is known after some groups were read. */
export function remember(
  { plan, state, seen }: Pick<KnownRollout, 'plan' | 'state' | 'seen'>,
  read: ReadonlyMap<string, Group>,
  unread: ReadonlyMap<string, string>,
  nowMs: number,
): Seen {
  const groups = { ...seen.groups }
  const ready: Seen['ready'] = {}
  const before = { ...seen.before }
  for (const [name, { refreshes: _, ...group }] of read) {
    const isFirst = groups[name] === undefined
    groups[name] = { ...group, instances: [...group.instances], atMs: nowMs }
    if (before[name] === undefined && state.previous[name] === group.templateVersion) before[name] = group.imageId
    for (const { id, isReady, templateVersion } of group.instances) {
      const isCandidate = state.previous[name] !== undefined && templateVersion === group.candidateVersion
      const known = seen.ready[id]
      if (known || isReady) {
        ready[id] = { group: name, isCandidate, readySeconds: known?.readySeconds ?? (isFirst ? 0 : nowMs / 1_000) }
      }
    }
  }
  // A candidate that ended is still evidence; and of groups that were not read now nothing is forgotten.
  for (const [id, each] of Object.entries(seen.ready)) {
    const isOfWave = plan.waves[state.wave]?.groups.includes(each.group) ?? false
    if (!ready[id] && (!read.has(each.group) || (each.isCandidate && isOfWave))) ready[id] = each
  }
  const stillUnread = Object.entries(seen.unread).filter(([name]) => !read.has(name) && !unread.has(name))
  return { ...seen, groups, ready, before, unread: Object.fromEntries([...stillUnread, ...unread]) }
}
