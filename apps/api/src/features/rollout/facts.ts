import { AwsRefused, AwsUnavailable } from '@tickwatch/aws'
import type { Amis } from '@tickwatch/aws/amis'
import type { AlarmState, Alarms } from '@tickwatch/aws/rollout'
import { type Database, freezeWindows, images, rollouts } from '@tickwatch/db'
import { type Block, type Facts, type Group, type Plan, preflight, type Target, type Wave } from '@tickwatch/rollout'
import { DomainError } from '../../shared/errors.ts'
import type { ImageService } from '../image/image.service.ts'
import type { ImageView } from '../image/image.types.ts'
import { knownOf } from './rollout.stored.ts'

type CatalogueAmi = Pick<ImageView['amis'][number], 'region' | 'architecture' | 'amiId'>

export type Preflight = {
  /**
   * What blocks the start of these waves.
   * @param own the rollout itself; null before there is one
   * @param read the groups of these waves that could be read, and why others could not
   * @throws not found if there is no such image
   */
  blocks(
    about: { plan: Plan; waves: readonly Wave[]; imageId: string; own: string | null },
    read: { groups: ReadonlyMap<string, Group>; unread: ReadonlyMap<string, string> },
    nowMs: number,
    signal?: AbortSignal,
  ): Promise<Block[]>
  /**
   * The candidate's AMI for a group: of the architecture that the group runs. Null if the image has none in the region.
   * @throws AwsUnavailable, AwsRefused
   */
  amiFor(
    imageId: string,
    target: Pick<Target, 'region'>,
    group: Pick<Group, 'imageId'>,
    signal?: AbortSignal,
  ): Promise<string | null>
}

/** For what could not be read. */
const wait = 'Wait a moment. If it stays so, see the log of the API.'

export function createPreflight(parts: {
  db: Database
  image: Pick<ImageService, 'get'>
  amis: Amis
  alarms: Alarms
}): Preflight {
  const { db, image, amis, alarms } = parts

  async function blocks(
    ...[{ plan, waves, imageId, own }, { groups, unread }, nowMs, signal]: Parameters<Preflight['blocks']>
  ): Promise<Block[]> {
    const names = new Set(waves.flatMap((wave) => wave.groups))
    const targets = plan.targets.filter(({ group }) => names.has(group))
    const candidate = await candidateOf(imageId)
    const images = await imagesIn(targets, groups, candidate.amis, signal)
    const states = await alarmStates(waves, targets, signal)
    const { others, freezes } = await db.platform(async (tx) => ({
      others: (await rollouts.open(tx)).filter(({ id }) => id !== own),
      freezes: await freezeWindows.ahead(tx, new Date(nowMs)),
    }))
    const facts: Facts = {
      groups,
      alarms: states.known,
      availableImages: images.available,
      candidate: { imageIds: images.candidates, faults: candidate.faults },
      otherRollouts: others.flatMap((other) => {
        const theirs = knownOf(other)?.plan.targets ?? []
        const shared = theirs.filter(({ group, region }) =>
          targets.some((own) => own.group === group && own.region === region),
        )
        return [{ id: String(other.number), groups: shared.map(({ group }) => group) }]
      }),
      freezes: freezes.map(({ reason, startsAt, until, environments }) => ({
        ...{ reason, environments, fromMs: startsAt.getTime(), toMs: until.getTime() },
      })),
    }
    const found = preflight(plan, waves, facts, nowMs)
    const missing = { unread, candidate: candidate.unread, unasked: images.unasked, alarms: states.unasked }
    return [
      ...found.filter((block) => !isGuess(block, targets, missing)),
      ...[...unread].filter(([name]) => names.has(name)).map(([name, why]) => unreadBlock(name, why)),
      ...(candidate.unread === null
        ? []
        : [{ kind: 'image not verified' as const, group: null, reason: candidate.unread, remedy: wait }]),
      ...images.unasked.map(({ region, why }): Block => {
        const reason = `EC2 does not say which images there are in ${region}: ${why}`
        return { kind: 'image missing in region', group: null, reason, remedy: wait }
      }),
      ...states.unasked.map(({ region, why }): Block => {
        const reason = `CloudWatch does not say which alarms fire in ${region}: ${why}`
        return { kind: 'alarm not OK', group: null, reason, remedy: wait }
      }),
    ]
  }

  /**
   * Whether an image may roll out is decided again each time. While nobody can decide it, it may not.
   * @returns `unread`: why nobody can
   */
  async function candidateOf(
    imageId: string,
  ): Promise<{ amis: CatalogueAmi[]; faults: string[]; unread: string | null }> {
    try {
      const { amis: own, checks } = await image.get(imageId)
      const faults = checks.flatMap(({ refusals }) => refusals.map(({ reason }) => reason))
      return { amis: own, faults, unread: null }
    } catch (cause) {
      if (cause instanceof DomainError && cause.kind === 'unavailable')
        return { amis: [], faults: [], unread: cause.message }
      throw cause
    }
  }

  async function imagesIn(
    targets: readonly Target[],
    groups: ReadonlyMap<string, Group>,
    own: readonly CatalogueAmi[],
    signal?: AbortSignal,
  ) {
    const [available, candidates] = [new Map<string, ReadonlySet<string>>(), new Map<string, string>()]
    const unasked: Unasked[] = []
    for (const region of regionsOf(targets)) {
      const present = targets.flatMap(({ group, region: its }) =>
        its === region ? (groups.get(group)?.imageId ?? []) : [],
      )
      const ids = [...present, ...own.filter((ami) => ami.region === region).map(({ amiId }) => amiId)].filter(isAmi)
      try {
        const found = ids.length === 0 ? [] : await amis.describe(region, [...new Set(ids)], signal)
        available.set(region, new Set(found.filter(({ state }) => state === 'available').map(({ imageId }) => imageId)))
        const runs = found.find(({ imageId }) => present.includes(imageId))?.architecture ?? null
        const candidate = amiOf(own, region, runs)
        if (candidate !== null) candidates.set(region, candidate)
      } catch (cause) {
        unasked.push({ region, why: whyOf(cause) })
      }
    }
    return { available, candidates, unasked }
  }

  /** By name. Of an alarm that must be in several regions the state that is not OK. */
  async function alarmStates(waves: readonly Wave[], targets: readonly Target[], signal?: AbortSignal) {
    const known = new Map<string, AlarmState>()
    const unasked: Unasked[] = []
    const missing = new Set<string>()
    for (const region of regionsOf(targets)) {
      const isHere = ({ groups }: Wave) =>
        targets.some((target) => target.region === region && groups.includes(target.group))
      const names = [...new Set(waves.filter(isHere).flatMap((wave) => wave.alarms))]
      if (names.length === 0) continue
      try {
        const states = await alarms.states(region, names, signal)
        for (const name of names) {
          const state = states.get(name)
          if (state === undefined) missing.add(name)
          else if ((known.get(name) ?? 'OK') === 'OK') known.set(name, state)
        }
      } catch (cause) {
        unasked.push({ region, why: whyOf(cause) })
      }
    }
    for (const name of missing) known.delete(name)
    return { known, unasked }
  }

  return {
    blocks,
    async amiFor(candidateId, { region }, group, signal) {
      const own = (await db.platform((tx) => images.byId(tx, candidateId)))?.amis ?? []
      const only = amiOf(own, region, null)
      if (only !== null) return only
      const [present] = await amis.describe(region, [group.imageId], signal)
      return amiOf(own, region, present?.architecture ?? null)
    },
  }
}

type Unasked = { region: string; why: string }

/** @param architecture that the group runs; null if nobody knows it */
export function amiOf(own: readonly CatalogueAmi[], region: string, architecture: string | null): string | null {
  const ofRegion = own.filter((ami) => ami.region === region)
  if (ofRegion.length === 1) return ofRegion[0]?.amiId ?? null
  return ofRegion.find((ami) => ami.architecture === architecture)?.amiId ?? null
}

const regionsOf = (targets: readonly Target[]): string[] => [...new Set(targets.map(({ region }) => region))].sort()
const isAmi = (imageId: string) => imageId.startsWith('ami-')

/** What AWS says, for a sentence. @throws what is not an answer of AWS */
function whyOf(cause: unknown): string {
  if (cause instanceof AwsUnavailable || cause instanceof AwsRefused) return cause.message
  throw cause
}

const unreadBlock = (name: string, why: string): Block => ({
  kind: 'group not found',
  group: name,
  reason: `${name} could not be read.`,
  remedy: why,
})

type Missing = {
  unread: ReadonlyMap<string, string>
  candidate: string | null
  unasked: readonly Unasked[]
  alarms: readonly Unasked[]
}

/** Preflight takes for missing what nobody could be asked about. Another block says what is true. */
function isGuess({ kind, group }: Block, targets: readonly Target[], missing: Missing): boolean {
  const { unread, candidate, unasked, alarms } = missing
  switch (kind) {
    case 'group not found':
      return group !== null && unread.has(group)
    case 'no way back':
    case 'image missing in region': {
      if (kind === 'image missing in region' && candidate !== null) return true
      const region = targets.find((target) => target.group === group)?.region
      return unasked.some((each) => each.region === region)
    }
    case 'alarm not OK':
      return alarms.length > 0
    default:
      return false
  }
}
