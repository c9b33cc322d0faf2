import type { RolloutGroups } from '@tickwatch/aws/rollout'
import type { Group, Target } from '@tickwatch/rollout'
import { whyOf } from './facts.ts'

export type GroupsOf = (region: string) => RolloutGroups
export type ReadGroups = {
  groups: Map<string, Group>
  /** Why a group could not be read, a sentence. */
  unread: Map<string, string>
}

/** Reads groups from Auto Scaling, in all of their regions at the same time. One region that does not answer keeps no other from it. */
export async function readGroups(
  groupsOf: GroupsOf,
  targets: readonly Target[],
  rolloutId: string,
  signal?: AbortSignal,
): Promise<ReadGroups> {
  const found: ReadGroups = { groups: new Map(), unread: new Map() }
  const byRegion = Map.groupBy(targets, ({ region }) => region)
  await Promise.all(
    [...byRegion].map(async ([region, own]) => {
      const names = own.map(({ group }) => group)
      try {
        const { groups, unread } = await groupsOf(region).read(names, rolloutId, signal)
        for (const [name, group] of groups) found.groups.set(name, group)
        for (const [name, cause] of unread) found.unread.set(name, cause.message)
      } catch (cause) {
        const why = whyOf(cause)
        for (const name of names) found.unread.set(name, why)
      }
    }),
  )
  return found
}

/** The same client for each call of a region, so that its connections are used again. */
export function keptByRegion(create: GroupsOf): GroupsOf {
  const byRegion = new Map<string, RolloutGroups>()
  return (region) => {
    const kept = byRegion.get(region) ?? create(region)
    byRegion.set(region, kept)
    return kept
  }
}
