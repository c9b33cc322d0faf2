import { AwsRefused, AwsUnavailable } from '@tickwatch/aws'
import { changeRequests, type Database, gateways, jobs, rollouts, type WorkerTx } from '@tickwatch/db'
import {
  type Command,
  type Group,
  isOver,
  nextStep,
  type Observed,
  type State,
  startsNext,
  type Target,
} from '@tickwatch/rollout'
import type { Logger } from 'pino'
import type { Lease } from '../../workers/lease.ts'
import type { NotificationQueue } from '../notification/queue.ts'
import { againAfter, type CallFault, callFault, failedAgain, triedAgain } from './callFaults.ts'
import { recordTurn } from './endings.ts'
import type { Preflight } from './facts.ts'
import { type GroupsOf, readGroups } from './groups.ts'
import type { Judging } from './judging.ts'
import { approvalOf, groupsOfNow, groupsToRead, isTimeToRead, remember, withSilence } from './rollout.rules.ts'
import { judgedOf, type KnownRollout, knownOf, type Seen } from './rollout.stored.ts'

export type FollowParts = {
  db: Database
  groupsOf: GroupsOf
  preflight: Preflight
  judging: Judging
  queue: NotificationQueue
  log: Logger
  /** When this process began to receive heartbeats, in epoch milliseconds. */
  sinceMs: number
  now: () => number
  /** Aborts when the process ends. */
  ending: AbortSignal
}

/** Each verdict reads the metrics store. */
const judgeEveryMs = 15_000
/** An older one says nothing about now. */
const verdictHoldsMs = 60_000
/** All groups of a step. What is not read by then counts as not read, because other rollouts wait for this one. */
const readWithinMs = 15_000
/** What blocks a wave is asked again after this time, because each time is a few calls of AWS. */
const blockedForMs = 15_000

/** Nobody asked what blocks the next wave, because the state machine can't start it in this step. If it did, it would hold. */
const notAsked: Observed['blocks'] = [
  {
    kind: 'group not found',
    group: null,
    reason: 'Nobody has checked yet what blocks the wave.',
    remedy: 'Wait a moment.',
  },
]

/**
 * Lets one rollout go on: reads what is true, asks the state machine, stores what it answers, and makes its calls. Nothing is remembered but
 * what is stored, and a call that is made twice has one effect, so that a process may end anywhere in it.
 */
export function createFollow(parts: FollowParts): (lease: Lease, id: string) => Promise<void> {
  const { db, groupsOf, preflight, judging, log, ending } = parts
  const whileHeld = (lease: Lease, ...more: AbortSignal[]) => AbortSignal.any([lease.check(), ending, ...more])
  const blocked = new Map<string, { wave: number; atMs: number; blocks: Observed['blocks'] }>()

  async function read(id: string) {
    return db.worker(async (tx) => {
      const stored = await rollouts.byId(tx, id)
      const rollout = stored && knownOf(stored)
      if (!rollout || isOver(rollout.state)) return null
      return {
        rollout,
        request: await changeRequests.byId(tx, rollout.changeRequestId),
        brief: (await rollouts.briefs(tx, [id])).get(id),
        verdict: (await rollouts.verdicts(tx, id)).find(({ wave }) => wave === rollout.state.wave) ?? null,
        gateways: new Map((await gateways.list(tx)).map((gateway) => [gateway.gatewayId, gateway])),
      }
    })
  }

  /** The verdict on the wave that is under way: one of now, or the stored one if that is new enough. */
  async function verdictOf(
    lease: Lease,
    rollout: KnownRollout,
    stored: { at: Date; verdict: unknown } | null,
    nowMs: number,
  ): Promise<Observed['verdict']> {
    const { id, state, plan } = rollout
    const policy = plan.waves[state.wave]?.judge
    if (state.phase !== 'running' || !policy) return null
    const ageMs = stored === null ? Number.POSITIVE_INFINITY : nowMs - stored.at.getTime()
    if (ageMs >= Math.min(judgeEveryMs, policy.intervalSeconds * 1_000)) {
      const made = await judging.judge(rollout, nowMs)
      if (made) {
        await lease.write(async (tx) => {
          const about = { rolloutId: id, wave: state.wave, at: new Date(nowMs), outcome: made.outcome }
          await rollouts.recordVerdict(tx, { ...about, verdict: made })
          await tell(tx, id)
        })
        return { wave: state.wave, verdict: made }
      }
    }
    const known = stored && judgedOf(stored.verdict)
    return known && ageMs < verdictHoldsMs ? { wave: state.wave, verdict: known } : null
  }

  async function blocksOf(
    lease: Lease,
    { id, plan, imageId }: KnownRollout,
    next: number | null,
    found: Parameters<Preflight['blocks']>[1],
    nowMs: number,
  ): Promise<Observed['blocks']> {
    const wave = next === null ? undefined : plan.waves[next]
    if (next === null || !wave) return notAsked
    const before = blocked.get(id)
    if (before?.wave === next && nowMs - before.atMs < blockedForMs) return before.blocks
    const blocks = await preflight.blocks({ plan, waves: [wave], imageId, own: id }, found, nowMs, whileHeld(lease))
    ending.throwIfAborted()
    if (blocks.length > 0) blocked.set(id, { wave: next, atMs: nowMs, blocks })
    else blocked.delete(id)
    return blocks
  }

  return async (lease, id) => {
    const known = await read(id)
    if (!known) return
    const { rollout, request, brief } = known
    const { plan, state } = rollout
    const nowMs = parts.now()
    const approval = approvalOf(request, rollout, nowMs)

    const verdict = await verdictOf(lease, rollout, known.verdict, nowMs)
    const next = startsNext(plan, state, { approval, verdict }, nowMs)
    const ofNow = groupsOfNow(plan, state, next)
    if (!isTimeToRead(ofNow, rollout.seen, nowMs)) return
    const wanted = groupsToRead(plan, ofNow, rollout.seen, nowMs)
    const signal = whileHeld(lease, AbortSignal.timeout(readWithinMs))
    const { groups, unread, isAway } = await readGroups(groupsOf, wanted, id, signal)
    // If reading stopped because this process ends, that says nothing about AWS.
    ending.throwIfAborted()
    const missing = wanted.filter(({ group }) => !groups.has(group) && !unread.has(group))
    for (const [name, group] of groups) groups.set(name, withSilence(group, known.gateways, parts.sinceMs, nowMs))
    const why = new Map([...unread, ...missing.map(({ group }) => [group, 'There is no such group.'] as const)])
    const away = isAway ? againAfter(rollout.seen.away, nowMs) : null
    const seen = { ...remember(rollout, groups, why, nowMs), away }
    if (wanted.length > 0) await lease.write((tx) => storeSeen(tx, rollout, seen, nowMs))

    const blocks = await blocksOf(lease, rollout, next, { groups, unread }, nowMs)
    const observed = { approval, groups, verdict, blocks, fault: seen.refused }
    const step = nextStep(id, plan, state, observed, nowMs)
    const isChanged = step.events.length > 0 || JSON.stringify(step.state) !== JSON.stringify(state)
    if (isChanged) {
      const events = step.events.map(({ kind, words }) => ({ kind, words }))
      const isStored = await lease.write(async (tx) => {
        if (!(await advance(tx, rollout, step.state, events, nowMs))) return false
        await recordTurn(tx, parts.queue, rollout, step.state, { request, brief }, new Date(nowMs))
        return true
      })
      // A person changed it meanwhile: the next step begins with that.
      if (!isStored) return
    }
    if (isOver(step.state)) blocked.delete(id)
    const calls = await makeAll(lease, rollout, step.commands, groups, nowMs)
    const failed = Object.values(calls)
    const refused = failed.length === 0 ? null : [...new Set(failed.map(({ why }) => why))].join(' ')
    if (refused === seen.refused && isSame(calls, seen.calls)) return
    await lease.write(async (tx) => {
      await rollouts.observe(tx, id, new Date(nowMs), { ...seen, calls, refused })
      if (refused === seen.refused) return
      const seq = rollout.seq + (isChanged ? 1 : 0)
      if (refused === null || !failed.some(({ needsPerson }) => needsPerson)) await tell(tx, id)
      else
        await advance(tx, { id, seq }, step.state, [{ kind: 'call refused', words: `${refused} ${triedAgain}` }], nowMs)
    })
  }

  /** Makes the calls, those that failed before only when it is time. @returns those that AWS did not make */
  async function makeAll(
    lease: Lease,
    rollout: KnownRollout,
    commands: readonly Command[],
    groups: Observed['groups'],
    nowMs: number,
  ): Promise<Seen['calls']> {
    const calls: Seen['calls'] = {}
    /** By region: each further call would be throttled too. */
    const throttled = new Map<string, CallFault>()
    for (const command of commands) {
      const target = rollout.plan.targets.find(({ group }) => group === command.group)
      const group = groups.get(command.group)
      if (!target || !group) continue
      const key = `${command.kind} ${command.group}`
      const before = rollout.seen.calls[key]
      if (before && nowMs < before.againAtMs) {
        calls[key] = before
        continue
      }
      const fault = throttled.get(target.region) ?? (await makeOne(lease, rollout, command, target, group))
      if (fault === null) continue
      if (fault.kind === 'throttled') throttled.set(target.region, fault)
      calls[key] = failedAgain(before, fault, nowMs)
    }
    return calls
  }

  async function makeOne(
    lease: Lease,
    { id, imageId }: KnownRollout,
    command: Command,
    target: Target,
    group: Group,
  ): Promise<CallFault | null> {
    try {
      // Only a version of a launch template names an image.
      const isVersion = command.kind === 'create template version'
      const ami = isVersion ? await preflight.amiFor(imageId, target, group, whileHeld(lease)) : ''
      if (ami === null) {
        const why = `The image has no AMI for ${command.group} in ${target.region}. Register one.`
        return { kind: 'refused', why }
      }
      await groupsOf(target.region).make(command, ami, whileHeld(lease))
      return null
    } catch (cause) {
      // If the call stopped because this process ends, that says nothing about AWS.
      ending.throwIfAborted()
      if (!(cause instanceof AwsRefused || cause instanceof AwsUnavailable)) throw cause
      log.warn({ err: cause, rolloutId: id }, 'a call of a rollout failed')
      return callFault(cause)
    }
  }
}

/** No call was made since: those that were not made again are the same objects. */
const isSame = (calls: Seen['calls'], before: Seen['calls']): boolean =>
  Object.keys(calls).length === Object.keys(before).length &&
  Object.entries(calls).every(([key, call]) => call === before[key])

type Stands = Pick<KnownRollout, 'id' | 'seq'>

/** @returns false if somebody changed it meanwhile */
async function advance(
  tx: WorkerTx,
  { id, seq }: Stands,
  state: State,
  events: readonly { kind: string; words: string }[],
  nowMs: number,
): Promise<boolean> {
  const at = new Date(nowMs)
  const isStored = await rollouts.advance(tx, {
    ...{ id, seq, state, phase: state.phase, at, started: hasStarted(state), ended: isOver(state) },
    events: events.map((event) => ({ ...event, at, by: null })),
  })
  if (isStored) await tell(tx, id)
  return isStored
}

/** One that was aborted while it waited has not. */
export const hasStarted = ({ phase, previous }: State): boolean =>
  phase === 'running' || Object.keys(previous).length > 0

async function storeSeen(tx: WorkerTx, { id, seen: before }: KnownRollout, seen: Seen, nowMs: number): Promise<void> {
  await rollouts.observe(tx, id, new Date(nowMs), seen)
  if (shown(before) !== shown(seen)) await tell(tx, id)
}

/** What a page shows of it. */
export const shown = ({ groups, unread, refused }: Seen): string =>
  JSON.stringify([Object.entries(groups).map(([name, { atMs: _, ...group }]) => [name, group]), unread, refused])

const tell = (tx: WorkerTx, rolloutId: string) => jobs.notify(tx, { kind: 'rollout', rolloutId })
