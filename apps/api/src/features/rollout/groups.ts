import { AwsRefused, AwsUnavailable } from '@tickwatch/aws'
import type { RolloutGroups } from '@tickwatch/aws/rollout'
import type { Group, Target } from '@tickwatch/rollout'
import { callFault } from './callFaults.ts'

export type GroupsOf = (region: string) => RolloutGroups
export type ReadGroups = {
  groups: Map<string, Group>
  /** Why a group could not be read and what to do, as sentences. */
  unread: Map<string, string>
  /** AWS throttles, or does not answer: it should not be asked again at once. */
  isAway: boolean
}

/** Reads groups from Auto Scaling, in all of their regions at the same time. One region that does not answer keeps no other from it. */
export async function readGroups(
  groupsOf: GroupsOf,
  targets: readonly Target[],
  rolloutId: string,
  signal?: AbortSignal,
): Promise<ReadGroups> {
  const found: ReadGroups = { groups: new Map(), unread: new Map(), isAway: false }
  const fail = (name: string, cause: AwsUnavailable | AwsRefused) => {
    found.unread.set(name, callFault(cause).why)
    found.isAway ||= cause instanceof AwsUnavailable
  }
  const byRegion = Map.groupBy(targets, ({ region }) => region)
  await Promise.all(
    [...byRegion].map(async ([region, own]) => {
      const names = own.map(({ group }) => group)
      try {
        const { groups, unread } = await groupsOf(region).read(names, rolloutId, signal)
        for (const [name, group] of groups) found.groups.set(name, group)
        for (const [name, cause] of unread) fail(name, cause)
      } catch (cause) {
        if (!(cause instanceof AwsUnavailable || cause instanceof AwsRefused)) throw cause
        for (const name of names) fail(name, cause)
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
