import { AlreadyExists } from './errors.ts'
import type { RolloutEvent as EventRow, Prisma, Rollout as Row } from './generated/client.ts'
import type { Person } from './json.ts'
import { decodeCursor, type Page, type PageRequest, toPage } from './page.ts'
import { isUniqueViolation } from './prismaErrors.ts'
import { clientOf, type PlatformTx, type WorkerTx } from './transaction.ts'

/** A rollout as it is stored. `packages/rollout` has the schemas of its JSON, with which the reader parses it (ADR 9). */
export type StoredRollout = {
  id: string
  /** For people: from 1. */
  number: number
  /** The candidate. */
  imageId: string
  environment: string
  plan: unknown
  /** Hex SHA-256 of the plan's canonical JSON. */
  planSha256: string
  state: unknown
  /** Of `state`. */
  phase: string
  /** Grows with each stored change of the state. */
  seq: number
  /** The groups as a worker read them last; null until the first time. */
  observed: unknown
  observedAt: Date | null
  by: Person
  reason: string
  createdAt: Date
  /** Until when it can be approved. */
  expiresAt: Date
  startedAt: Date | null
  /** Null while it is open. */
  endedAt: Date | null
  changeRequestId: string
}
export type NewRollout = Omit<StoredRollout, 'number' | 'seq' | 'observed' | 'observedAt' | 'startedAt' | 'endedAt'>

export type StoredRolloutEvent = {
  /** From 1, in the order in which it happened. */
  position: number
  at: Date
  kind: string
  words: string
  /** Null if no person did it. */
  by: Person | null
}

/** What a list or a sentence says of a rollout. */
export type RolloutBrief = {
  id: string
  number: number
  environment: string
  image: { id: string; name: string; version: string }
  by: Person
  reason: string
}

/** A change of a rollout that {@link advance} stores. */
export type RolloutAdvance = {
  id: string
  /** On which the change is based. */
  seq: number
  state: unknown
  phase: string
  at: Date
  /** True if it has started, now or before. */
  started: boolean
  /** True if it is over. It stays as it is then. */
  ended: boolean
  events: readonly Omit<StoredRolloutEvent, 'position'>[]
}

/** The verdict on a wave, by the wave's index in the plan. */
export type StoredVerdict = { wave: number; at: Date; outcome: string; verdict: unknown }

/**
 * Stores a rollout, and reserves the groups of its plan's targets until it ends.
 * @param rollout `plan` is one that `planSchema` of `packages/rollout` made
 * @returns its number. A rollout that was not committed leaves a gap.
 * @throws AlreadyExists if one of the groups is in another open rollout
 */
export async function create(tx: PlatformTx, { by, plan, state, ...rollout }: NewRollout): Promise<number> {
  const client = clientOf(tx)
  const { number } = await client.rollout.create({
    data: { ...rollout, plan: jsonOf(plan), state: jsonOf(state), bySubject: by.subject, byName: by.name },
    select: { number: true },
  })
  const data = groupsOf(plan).map((group) => ({ ...group, rolloutId: rollout.id }))
  try {
    await client.rolloutGroup.createMany({ data })
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause
    throw new AlreadyExists('a group of this plan is in another open rollout', { cause })
  }
  return number
}

/** In a fixed order: otherwise two transactions that reserve the same groups could wait for each other. */
function groupsOf(plan: unknown): { region: string; groupName: string }[] {
  const { targets } = plan as { targets: readonly { region: string; group: string }[] }
  return targets
    .map(({ region, group }) => ({ region, groupName: group }))
    .toSorted((a, b) => (`${a.region}/${a.groupName}` < `${b.region}/${b.groupName}` ? -1 : 1))
}

export async function byId(tx: PlatformTx, id: string): Promise<StoredRollout | null> {
  const row = await clientOf(tx).rollout.findUnique({ where: { id } })
  return row && rolloutOf(row)
}

export async function byNumber(tx: PlatformTx, number: number): Promise<StoredRollout | null> {
  const row = await clientOf(tx).rollout.findUnique({ where: { number } })
  return row && rolloutOf(row)
}

export type RolloutListRequest = PageRequest & { show: 'open' | 'ended' }

/** Newest first. @throws BadCursor */
export async function list(tx: PlatformTx, request: RolloutListRequest): Promise<Page<StoredRollout>> {
  const after = decodeCursor(request.cursor, ['int4'])
  const rows = await clientOf(tx).rollout.findMany({
    where: {
      endedAt: request.show === 'open' ? null : { not: null },
      ...(after ? { number: { lt: Number(after[0]) } } : {}),
    },
    orderBy: { number: 'desc' },
    take: request.pageSize + 1,
  })
  return toPage(rows, request.pageSize, (row) => [row.number], rolloutOf)
}

/** All that are not over, oldest first. */
export async function open(tx: PlatformTx): Promise<StoredRollout[]> {
  const rows = await clientOf(tx).rollout.findMany({ where: { endedAt: null }, orderBy: { number: 'asc' } })
  return rows.map(rolloutOf)
}

/** Those of these rollouts that exist, by their ids. */
export async function briefs(tx: PlatformTx, ids: readonly string[]): Promise<ReadonlyMap<string, RolloutBrief>> {
  const rows = await clientOf(tx).rollout.findMany({ where: { id: { in: [...ids] } }, select: brief })
  return new Map(rows.map((row) => [row.id, briefOf(row)]))
}

/**
 * Stores a new state with its events. Of several processes that change a state at once, one succeeds. The groups of a rollout
 * that is over are free for the next one.
 * @returns false if the stored `seq` is another one, or if the rollout is over
 */
export async function advance(tx: PlatformTx, change: RolloutAdvance): Promise<boolean> {
  const { id, seq, state, phase, at, started, ended, events } = change
  const client = clientOf(tx)
  const changed = await client.$executeRaw`
    UPDATE public.rollout SET state = ${JSON.stringify(state)}::jsonb, phase = ${phase}, seq = seq + 1,
      started_at = coalesce(started_at, CASE WHEN ${started}::boolean THEN ${at}::timestamptz END),
      ended_at = CASE WHEN ${ended}::boolean THEN ${at}::timestamptz END
    WHERE id = ${id}::uuid AND seq = ${seq}::int AND ended_at IS NULL`
  if (changed === 0) return false
  if (ended) await client.rolloutGroup.updateMany({ where: { rolloutId: id }, data: { isOpen: false } })
  await addEvents(tx, id, events)
  return true
}

/** The caller has changed the row of the rollout, so nobody else adds events to it until the transaction ends. */
async function addEvents(tx: PlatformTx, rolloutId: string, events: RolloutAdvance['events']): Promise<void> {
  if (events.length === 0) return
  const { rolloutEvent } = clientOf(tx)
  const { _max } = await rolloutEvent.aggregate({ where: { rolloutId }, _max: { position: true } })
  const before = _max.position ?? 0
  await rolloutEvent.createMany({
    data: events.map(({ by, ...event }, i) => ({
      ...event,
      rolloutId,
      position: before + i + 1,
      bySubject: by?.subject ?? null,
      byName: by?.name ?? null,
    })),
  })
}

/** Stores what AWS says of the groups, so that pages need not ask it. */
export async function observe(tx: WorkerTx, id: string, at: Date, observed: unknown): Promise<void> {
  await clientOf(tx).rollout.update({
    where: { id },
    data: { observed: jsonOf(observed), observedAt: at },
    select: { id: true },
  })
}

/** Newest first. @throws BadCursor */
export async function events(tx: PlatformTx, id: string, request: PageRequest): Promise<Page<StoredRolloutEvent>> {
  const after = decodeCursor(request.cursor, ['int4'])
  const rows = await clientOf(tx).rolloutEvent.findMany({
    where: { rolloutId: id, ...(after ? { position: { lt: Number(after[0]) } } : {}) },
    orderBy: { position: 'desc' },
    take: request.pageSize + 1,
  })
  return toPage(rows, request.pageSize, (row) => [row.position], eventOf)
}

/** Events of these kinds of all rollouts in a time, newest first, each with its rollout. */
export async function eventsBetween(
  tx: PlatformTx,
  { from, to }: { from: Date; to: Date },
  kinds: readonly string[],
  most: number,
): Promise<(StoredRolloutEvent & { rollout: RolloutBrief })[]> {
  const rows = await clientOf(tx).rolloutEvent.findMany({
    where: { at: { gte: from, lte: to }, kind: { in: [...kinds] } },
    include: { rollout: { select: brief } },
    orderBy: [{ at: 'desc' }, { rolloutId: 'asc' }, { position: 'desc' }],
    take: most,
  })
  return rows.map(({ rollout, ...row }) => ({ ...eventOf(row), rollout: briefOf(rollout) }))
}

/** Keeps the newest verdict on each wave. */
export async function recordVerdict(tx: WorkerTx, made: StoredVerdict & { rolloutId: string }): Promise<void> {
  const { rolloutId, wave, at, outcome } = made
  const verdict = jsonOf(made.verdict)
  await clientOf(tx).rolloutVerdict.upsert({
    where: { rolloutId_wave: { rolloutId, wave } },
    create: { rolloutId, wave, at, outcome, verdict },
    update: { at, outcome, verdict },
  })
}

/** In the order of the waves. */
export async function verdicts(tx: PlatformTx, id: string): Promise<StoredVerdict[]> {
  return clientOf(tx).rolloutVerdict.findMany({
    where: { rolloutId: id },
    select: { wave: true, at: true, outcome: true, verdict: true },
    orderBy: { wave: 'asc' },
  })
}

const brief = {
  ...{ id: true, number: true, environment: true, bySubject: true, byName: true, reason: true },
  image: { select: { id: true, name: true, version: true } },
} as const satisfies Prisma.RolloutSelect

const briefOf = ({ bySubject, byName, ...row }: Prisma.RolloutGetPayload<{ select: typeof brief }>): RolloutBrief => ({
  ...row,
  by: { subject: bySubject, name: byName },
})

const jsonOf = (value: unknown) => value as Prisma.InputJsonValue

const rolloutOf = ({ bySubject, byName, ...row }: Row): StoredRollout => ({
  ...row,
  by: { subject: bySubject, name: byName },
})

const eventOf = ({ rolloutId: _, bySubject, byName, ...row }: EventRow): StoredRolloutEvent => ({
  ...row,
  by: bySubject === null ? null : { subject: bySubject, name: byName ?? '' },
})
