import type { StatusKind } from '../../components/Status.tsx'
import { formatDuration } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'

export type PolicyVersion = Outputs['policy']['versions']['items'][number]
type Propagation = PolicyVersion['propagation']

/** States in which a version does not move any more. */
const settled: readonly Propagation['state'][] = ['enforced', 'refused', 'superseded']
export const isMoving = (version: PolicyVersion): boolean => !settled.includes(version.propagation.state)

/** A few words for a row; why a version is held stands in the unfolded row. */
export function versionStateText(propagation: Propagation): { kind: StatusKind; text: string } {
  if (propagation.held && !settled.includes(propagation.state)) return { kind: 'warning', text: 'held' }
  switch (propagation.state) {
    case 'saved':
      return { kind: 'info', text: 'saved' }
    case 'compiled':
      return { kind: 'info', text: 'compiled' }
    case 'canary':
      return { kind: 'info', text: 'at the canary' }
    case 'fleet':
      return { kind: 'info', text: 'at the fleet' }
    case 'enforced':
      return { kind: 'good', text: 'enforced everywhere' }
    case 'refused':
      return { kind: 'bad', text: 'refused by the canary' }
    case 'superseded':
      return { kind: 'quiet', text: 'overtaken by a newer version' }
  }
}

/** One leg of a version's way: what happened at its end, and when, in milliseconds since the change was saved. */
export type Leg = { name: 'compiled' | 'canary' | 'fleet'; fromMs: number; toMs: number }

/** The legs that a version has behind it, in order; a leg that was skipped (no canary) is left out. */
export function legsOf(propagation: Propagation): Leg[] {
  const legs: Leg[] = []
  let fromMs = 0
  const ends = [
    ['compiled', propagation.compiledMs],
    ['canary', propagation.canaryEnforcedMs],
    ['fleet', propagation.enforcedMs],
  ] as const
  for (const [name, toMs] of ends) {
    if (toMs === null) continue
    legs.push({ name, fromMs, toMs: Math.max(fromMs, toMs) })
    fromMs = Math.max(fromMs, toMs)
  }
  return legs
}

const legWords = { compiled: 'compiled', canary: 'canary enforced', fleet: 'every gateway enforced' }

/** `compiled after 240 ms, canary enforced after 1.1 s, every gateway enforced after 2.9 s` */
export const legsText = (legs: readonly Leg[]): string =>
  legs.length === 0
    ? 'not compiled yet'
    : legs.map((leg) => `${legWords[leg.name]} after ${formatDuration(leg.toMs)}`).join(', ')

type Cause = PolicyVersion['causes'][number]

/** Who caused a version and with what: *Ada changed acme’s quota*. */
export function causeText(cause: Cause): string {
  const verb = {
    quota: `changed ${cause.tenantId}’s quota${cause.revision === null ? '' : ` (revision ${cause.revision})`}`,
    tenant: `changed tenant ${cause.tenantId}`,
    reader: `changed ${cause.tenantId}’s readers`,
  }[cause.kind]
  return `${cause.by.name} ${verb}`
}
