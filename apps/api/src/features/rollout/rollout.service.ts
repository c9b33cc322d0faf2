import { createHash, randomUUID } from 'node:crypto'
import type { MetricsQuery } from '@tickwatch/aws'
import {
  AlreadyExists,
  auditLog,
  changeRequests,
  type Database,
  jobs,
  type PlatformTx,
  rollouts,
  type StoredRollout,
} from '@tickwatch/db'
import type { Json } from '@tickwatch/policy'
import { byHand, isOver, newRollout, type Plan, preview } from '@tickwatch/rollout'
import type { z } from 'zod'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { createCache } from '../../shared/cached.ts'
import type { ChangeFeed } from '../../shared/changeFeed.ts'
import { notFound } from '../../shared/errors.ts'
import type { Page } from '../../shared/page.types.ts'
import { whyMissing } from '../../shared/storageAnswers.ts'
import { askPlatform } from '../changeRequest/askPlatform.ts'
import { approversNeeded } from '../changeRequest/changeRequest.rules.ts'
import { rolloutSubject } from '../changeRequest/rolloutSubject.ts'
import type { ImageService } from '../image/image.service.ts'
import { hashOf } from '../slo/slo.rules.ts'
import { chartsOf } from './charts.ts'
import type { Preflight } from './facts.ts'
import { hasStarted, shown } from './follow.ts'
import { type GroupsOf, readGroups } from './groups.ts'
import { previousImage } from './previousImage.ts'
import {
  actRefused,
  changedMeanwhile,
  chartsMissing,
  planInvalid,
  rolloutBlocked,
  targetBusy,
  unreadable,
} from './rollout.errors.ts'
import { canaryFaults, type PlanFault, parsePlan, requestHours, targetFaults, usualPlan } from './rollout.rules.ts'
import { judgedOf, type KnownRollout, knownOf } from './rollout.stored.ts'
import type {
  actInput,
  askInput,
  ChartView,
  checkInput,
  DraftView,
  draftInput,
  EventsView,
  eventsInput,
  LiveView,
  listInput,
  RolloutRow,
  RolloutView,
  TargetsView,
} from './rollout.types.ts'
import { eventView, groupViews, imageOf, rolloutView, rowOf } from './rollout.views.ts'
import type { Targets } from './targets.ts'
import { withdrawRequest } from './withdrawRequest.ts'

export type RolloutService = {
  targets(): Promise<TargetsView>
  /** The usual plan for the targets of an environment. @throws not found, as the next two, if there is no such image */
  draft(input: z.output<typeof draftInput>): Promise<DraftView>
  check(input: z.output<typeof checkInput>): Promise<DraftView>
  /** Asks for a rollout, which others must approve. @throws rollout-invalid, rollout-blocked, rollout-target-busy */
  ask(
    caller: Caller,
    input: z.output<typeof askInput>,
  ): Promise<{ id: string; number: number; changeRequestId: string }>
  /** Newest first. Those of another release that this one can't read are left out. */
  list(input: z.output<typeof listInput>): Promise<Page<RolloutRow>>
  /** @throws not found, like the next three; rollout-unreadable */
  get(number: number): Promise<RolloutView>
  /** Of the wave that is judged or was judged last; empty if none was. @throws rollout-charts-missing */
  charts(number: number): Promise<ChartView[]>
  /** Newest first. */
  events(input: z.output<typeof eventsInput>): Promise<EventsView>
  live(number: number, signal: AbortSignal): AsyncGenerator<LiveView>
  /** @throws not found, rollout-refused with the sentence that says why */
  act(caller: Caller, input: z.output<typeof actInput>): Promise<{ id: string }>
}

/** How long an instance usually takes from its launch until it is ready. It is only for the preview. */
const startSeconds = 120
const liveEveryMs = 15_000
const liveRestMs = 500
/** Several people look at the same page. */
const chartsKeptMs = 5_000
const actTries = 3

export function createRolloutService(parts: {
  db: Database
  feed: ChangeFeed
  image: Pick<ImageService, 'get'>
  groupsOf: GroupsOf
  preflight: Preflight
  targets: () => Promise<Targets>
  storage: Pick<MetricsQuery, 'range'>
  /** The ring of the first wave. */
  canaryRing: string
}): RolloutService {
  const { db, preflight, storage } = parts
  const charts = createCache<ChartView[]>(chartsKeptMs, 100)

  const known = async (tx: PlatformTx, number: number): Promise<KnownRollout> => {
    const stored = await rollouts.byNumber(tx, number)
    if (!stored) throw notFound('rollout')
    return mustKnow(stored)
  }

  async function draftOf(
    imageId: string,
    environment: string,
    made: { plan: Plan; faults: PlanFault[] },
    targets: Targets,
    image: { name: string },
  ): Promise<DraftView> {
    const { plan } = made
    const faults = [
      ...made.faults,
      ...targetFaults(plan, image, environment, targets.targets),
      ...canaryFaults(plan, parts.canaryRing),
    ]
    const about = { planSha256: hashOf(plan as Json), approversNeeded: needed(imageId, environment, plan) }
    // Of a plan with a fault nobody knows what it would do.
    if (faults.length > 0) return { plan, faults, ...about, blocks: [], preview: [], groups: [] }
    const read = await readGroups(parts.groupsOf, plan.targets, `draft ${randomUUID()}`)
    const blocks = await preflight.blocks({ plan, waves: plan.waves, imageId, own: null }, read, Date.now())
    return {
      ...{ plan, faults, ...about, blocks },
      preview: preview(plan, read.groups, startSeconds),
      groups: groupViews(plan, read.groups),
    }
  }

  async function check({ imageId, environment, plan }: z.output<typeof checkInput>): Promise<DraftView> {
    const image = await parts.image.get(imageId)
    return draftOf(imageId, environment, parsePlan(plan), await parts.targets(), image)
  }

  return {
    targets: () => parts.targets(),

    async draft({ imageId, environment }) {
      const image = await parts.image.get(imageId)
      const targets = await parts.targets()
      const usual = usualPlan(image, environment, targets.targets, parts.canaryRing)
      return draftOf(imageId, environment, usual, targets, image)
    },

    check,

    async ask(caller, { reason, ...input }) {
      const { plan, planSha256, faults, blocks } = await check(input)
      if (faults.length > 0) throw planInvalid(faults)
      if (blocks.length > 0) throw rolloutBlocked(blocks)
      const { imageId, environment } = input
      const id = randomUUID()
      const createdAt = new Date()
      const expiresAt = new Date(createdAt.getTime() + requestHours * 3_600_000)
      const state = newRollout()
      try {
        return await db.platform(async (tx) => {
          const subject = rolloutSubject(id, { imageId, environment, plan })
          const changeRequestId = await askPlatform(tx, caller, subject, { rollout: id }, reason)
          const number = await rollouts.create(tx, {
            ...{ id, imageId, environment, plan, planSha256, state, phase: state.phase, reason, createdAt, expiresAt },
            ...{ by: personOf(caller), changeRequestId },
          })
          await jobs.notify(tx, { kind: 'rollout', rolloutId: id })
          return { id, number, changeRequestId }
        })
      } catch (cause) {
        throw cause instanceof AlreadyExists ? targetBusy() : cause
      }
    },

    list: (input) =>
      db.platform(async (tx) => {
        const page = await rollouts.list(tx, input)
        const read = page.items.flatMap((stored) => knownOf(stored) ?? [])
        const briefs = await rollouts.briefs(
          tx,
          read.map(({ id }) => id),
        )
        const nowMs = Date.now()
        return { ...page, items: read.map((rollout) => rowOf(rollout, imageOf(briefs.get(rollout.id)), nowMs)) }
      }),

    get: (number) =>
      db.platform(async (tx) => {
        const rollout = await known(tx, number)
        const image = imageOf((await rollouts.briefs(tx, [rollout.id])).get(rollout.id))
        const about = {
          image,
          request: await changeRequests.byId(tx, rollout.changeRequestId),
          verdicts: await rollouts.verdicts(tx, rollout.id),
          previousImage: await previousImage(tx, rollout),
        }
        return rolloutView(rollout, about, Date.now())
      }),

    async charts(number) {
      const { rollout, judged } = await db.platform(async (tx) => {
        const found = await known(tx, number)
        return { rollout: found, judged: (await rollouts.verdicts(tx, found.id)).at(-1) }
      })
      const verdict = judged && judgedOf(judged.verdict)
      const interval = judged && rollout.plan.waves[judged.wave]?.judge?.intervalSeconds
      if (!verdict || !interval || verdict.canary.length === 0) return []
      const key = `${rollout.id} ${judged.wave} ${judged.at.getTime()}`
      return charts
        .get(key, () => chartsOf(storage, verdict, interval, judged.at.getTime()))
        .catch((cause: unknown) => {
          const sentence = whyMissing('The charts are missing', cause)
          throw sentence === null ? cause : chartsMissing(sentence, cause)
        })
    },

    events: ({ number, ...page }) =>
      db.platform(async (tx) => {
        const stored = await rollouts.byNumber(tx, number)
        if (!stored) throw notFound('rollout')
        const found = await rollouts.events(tx, stored.id, page)
        return { ...found, items: found.items.map(eventView) }
      }),

    async *live(number, signal) {
      const { id } = await db.platform((tx) => known(tx, number))
      yield* parts.feed.follow({
        matters: ({ kind, rolloutId }) => kind === 'resync' || (kind === 'rollout' && rolloutId === id),
        read: () => db.platform(async (tx) => liveView(tx, await known(tx, number))),
        ...{ everyMs: liveEveryMs, restMs: liveRestMs, signal },
      })
    },

    async act(caller, input) {
      // The job may change it at the same moment.
      for (let i = 0; i < actTries; i++) {
        if (await db.platform((tx) => actOnce(tx, caller, input))) return { id: input.id }
      }
      throw changedMeanwhile()
    },
  }
}

const needed = (imageId: string, environment: string, plan: Plan): number =>
  approversNeeded(rolloutSubject('', { imageId, environment, plan }))

function mustKnow(stored: StoredRollout): KnownRollout {
  const rollout = knownOf(stored)
  if (!rollout) throw unreadable()
  return rollout
}

async function liveView(tx: PlatformTx, { id, seq, seen, changeRequestId }: KnownRollout): Promise<LiveView> {
  const request = await changeRequests.byId(tx, changeRequestId)
  const verdicts = await rollouts.verdicts(tx, id)
  const facts = [
    seq,
    shown(seen),
    request?.state,
    request?.approvals.length,
    verdicts.map(({ wave, at }) => [wave, at]),
  ]
  return { changed: createHash('sha256').update(JSON.stringify(facts)).digest('hex') }
}

/** @returns false if somebody else changed it at the same moment */
async function actOnce(
  tx: PlatformTx,
  caller: Caller,
  { id, kind, reason }: z.output<typeof actInput>,
): Promise<boolean> {
  const stored = await rollouts.byId(tx, id)
  if (!stored) throw notFound('rollout')
  const { number, seq, state: before, changeRequestId } = mustKnow(stored)
  const at = new Date()
  const acted = byHand(before, { kind, by: caller.name, reason }, at.getTime())
  if (acted.refusal !== null) throw actRefused(acted.refusal)
  const { state } = acted
  const by = personOf(caller)
  const events = acted.events.map((event) => ({ kind: event.kind, words: event.words, at, by }))
  const change = { id, seq, state, phase: state.phase, at, started: hasStarted(state), ended: isOver(state), events }
  if (!(await rollouts.advance(tx, change))) return false
  if (before.phase === 'waiting') await withdrawRequest(tx, caller, changeRequestId, reason)
  await jobs.notify(tx, { kind: 'rollout', rolloutId: id })
  const states = { before: { phase: before.phase }, after: { rollout: id, phase: state.phase } }
  const action = `rollout.${actionNames[kind]}`
  await auditLog.append(tx, personEvent(caller, { action, target: `rollout ${number}`, ...states, reason }))
  return true
}

const actionNames = { pause: 'pause', resume: 'resume', abort: 'abort', 'roll back': 'rollBack' } as const
