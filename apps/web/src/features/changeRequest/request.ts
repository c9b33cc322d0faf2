import { type LimitChange, limitDefinitions, type OutsideEnvelope } from '@tickwatch/policy'
import { limitText } from '../../components/LimitChanges.tsx'
import type { StatusKind } from '../../components/Status.tsx'
import { formatInteger } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { harmSentence } from '../quota/impact.ts'
import { isMetered } from '../quota/usage.ts'

export type ChangeRequestPage = Outputs['changeRequest']['list']
export type ChangeRequest = ChangeRequestPage['items'][number]
export type ChangeRequestDetail = Outputs['changeRequest']['get']

/** `Samples per second 50,000 → 120,000 samples/s`, and the number of other changes. */
export function changesText(changes: readonly LimitChange[]): string {
  const [first, ...others] = changes
  if (!first) return 'no limit changes'
  const text = `${limitDefinitions[first.limit].title} ${formatInteger(first.from)} → ${limitText(first.limit, first.to)}`
  return others.length === 0 ? text : `${text}, and ${others.length} more`
}

/** The label of the button that approves: `Approve 120,000 samples/s`, or `Approve 3 changes`. */
export function approveText(changes: readonly LimitChange[]): string {
  const [first] = changes
  return changes.length === 1 && first
    ? `Approve ${limitText(first.limit, first.to)}`
    : `Approve ${changes.length} changes`
}

/** How far outside the envelope: *40,000 over the envelope’s 80,000*. */
export function outsideText({ limit, value, bounds }: OutsideEnvelope): string {
  if (!bounds) return 'no envelope, so the platform team decides'
  const { unit } = limitDefinitions[limit]
  if (value > bounds.max)
    return `${formatInteger(value - bounds.max)} ${unit} over the envelope’s ${formatInteger(bounds.max)}`
  return `${formatInteger(bounds.min - value)} ${unit} under the envelope’s ${formatInteger(bounds.min)}`
}

/** What a request that waits would refuse of the present use, limit by limit. */
export const harmsOf = ({ state, changes, use, tenantId }: ChangeRequestDetail) =>
  changes.flatMap((change) => {
    if (state !== 'pending' || !isMetered(change.limit)) return []
    const used = use.find(({ limit }) => limit === change.limit)?.used ?? null
    const sentence = harmSentence(change, used, null, tenantId)
    return sentence === null ? [] : [{ ...change, sentence }]
  })

export function stateText(state: ChangeRequest['state']): { kind: StatusKind; text: string } {
  switch (state) {
    case 'pending':
      return { kind: 'info', text: 'waits for a decision' }
    case 'approved':
      return { kind: 'good', text: 'approved' }
    case 'declined':
      return { kind: 'bad', text: 'declined' }
    case 'withdrawn':
      return { kind: 'quiet', text: 'withdrawn by the requester' }
    case 'outdated':
      return { kind: 'quiet', text: 'outdated: the limits changed meanwhile' }
  }
}
