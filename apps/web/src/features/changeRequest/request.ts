import { type LimitChange, type LimitName, limitDefinitions, type OutsideEnvelope } from '@tickwatch/policy'
import { limitText } from '../../components/LimitChanges.tsx'
import type { StatusKind } from '../../components/Status.tsx'
import { formatInteger } from '../../lib/format.ts'
import { readWholeNumber } from '../../lib/numberInput.ts'
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

/** What an approver typed as the values to approve, by limit. */
export type TypedValues = Partial<Record<LimitName, string>>

/**
 * Reads what an approver typed; a limit without a text gets what was asked. Each value is from the present limit to the
 * requested one.
 */
export function readApproval(asked: readonly LimitChange[], typed: TypedValues) {
  const fields = asked.map((change) => {
    const { limit, from, to } = change
    const text = typed[limit] ?? formatInteger(to)
    const read = readWholeNumber(text, limitDefinitions[limit].unit)
    const value = read.value === null ? null : Number(read.value)
    const between = value !== null && value >= Math.min(from, to) && value <= Math.max(from, to)
    const range = `from ${formatInteger(from)}, the present limit, to ${formatInteger(to)}, the requested one`
    const fault = between ? null : (read.fault ?? `Enter a number ${range}.`)
    return { change, range, text, value: between ? value : null, fault }
  })
  const changes = fields.flatMap(({ change, value }) =>
    value === null || value === change.from ? [] : [{ ...change, to: value }],
  )
  const sound = fields.every(({ fault }) => fault === null)
  const nothing = asked.length === 1 ? 'This is the present limit.' : 'These are the present limits.'
  const limits: Partial<Record<LimitName, number>> = {}
  for (const { change, value } of fields) if (value !== null && value !== change.to) limits[change.limit] = value
  return {
    fields:
      sound && changes.length === 0
        ? fields.map((field) => ({ ...field, fault: `${nothing} Decline the request instead.` }))
        : fields,
    /** What approving would change. Null while it can't be approved. */
    changes: sound && changes.length > 0 ? changes : null,
    /** The values that differ from what was asked. */
    limits,
  }
}

/** The label of the button that approves: `Approve 90,000 samples/s instead of 120,000`, or `Approve 3 changes`. */
export function approveText(changes: readonly LimitChange[], asked: readonly LimitChange[]): string {
  const [first] = changes
  if (changes.length !== 1 || !first) return `Approve ${changes.length} changes`
  const wanted = asked.find(({ limit }) => limit === first.limit)?.to ?? first.to
  const instead = wanted === first.to ? '' : ` instead of ${formatInteger(wanted)}`
  return `Approve ${limitText(first.limit, first.to)}${instead}`
}

/** The label of the button for what is approved whole: `Approve`, or `Approve as 1 of 2` if others must too. */
export function approveOf({
  approvals,
  approversNeeded,
}: Pick<ChangeRequest, 'approvals' | 'approversNeeded'>): string {
  return approversNeeded === 1 ? 'Approve' : `Approve as ${approvals.length + 1} of ${approversNeeded}`
}

/** `asked for 15,000, approved 12,000 samples/s`, limit by limit. Null unless a part of a request was approved. */
export function lessText({ changes, approved }: Pick<ChangeRequest, 'changes' | 'approved'>): string | null {
  if (!approved) return null
  const parts = changes.flatMap(({ limit, from, to }) => {
    const applied = approved.find((change) => change.limit === limit)?.to ?? from
    if (applied === to) return []
    const which = changes.length === 1 ? '' : `${limitDefinitions[limit].title}: `
    return [`${which}asked for ${formatInteger(to)}, approved ${limitText(limit, applied)}`]
  })
  return parts.length === 0 ? null : parts.join('; ')
}

/** The question that waits for an answer; null if there is none. */
export function openQuestion({ state, messages }: Pick<ChangeRequest, 'state' | 'messages'>) {
  const last = messages.at(-1)
  return state === 'pending' && last?.kind === 'question' ? last : null
}

/** How far outside the envelope: *40,000 over the envelope’s 80,000*. */
export function outsideText({ limit, value, bounds }: OutsideEnvelope): string {
  if (!bounds) return 'no envelope, so the platform team decides'
  const { unit } = limitDefinitions[limit]
  if (value > bounds.max)
    return `${formatInteger(value - bounds.max)} ${unit} over the envelope’s ${formatInteger(bounds.max)}`
  return `${formatInteger(bounds.min - value)} ${unit} under the envelope’s ${formatInteger(bounds.min)}`
}

/**
 * What a request that waits would refuse of the present use, limit by limit.
 * @param changes what would be approved of it; by default all
 */
export const harmsOf = (request: ChangeRequestDetail, changes: readonly LimitChange[] = request.changes) =>
  changes.flatMap((change) => {
    if (request.state !== 'pending' || !isMetered(change.limit)) return []
    const used = request.use.find(({ limit }) => limit === change.limit)?.used ?? null
    const sentence = harmSentence(change, used, null, request.tenantId)
    return sentence === null ? [] : [{ ...change, sentence }]
  })

/** `1 of 2 approved`. Empty while nobody has, and of a request that needs only one person. */
export function approvedText({
  approvals = [],
  approversNeeded = 1,
}: Partial<Pick<ChangeRequest, 'approvals' | 'approversNeeded'>>): string {
  return approversNeeded === 1 || approvals.length === 0 ? '' : `${approvals.length} of ${approversNeeded} approved`
}

type Stated = Pick<ChangeRequest, 'state' | 'messages' | 'changes' | 'approved'> &
  Partial<Pick<ChangeRequest, 'kind' | 'approvals' | 'approversNeeded'>>

export function stateText({ kind = 'quota', ...request }: Stated): { kind: StatusKind; text: string } {
  const isQuota = kind === 'quota'
  switch (request.state) {
    case 'pending':
      if (openQuestion(request))
        return { kind: 'info', text: `waits for an answer of the ${isQuota ? 'tenant' : 'requester'}` }
      if (approvedText(request) !== '')
        return { kind: 'info', text: `${approvedText(request)}, waits for another decision` }
      return { kind: 'info', text: `${request.messages.length > 0 ? 'answered, ' : ''}waits for a decision` }
    case 'approved':
      return { kind: 'good', text: lessText(request) === null ? 'approved' : 'approved in part' }
    case 'declined':
      return { kind: 'bad', text: 'declined' }
    case 'withdrawn':
      return { kind: 'quiet', text: 'withdrawn by the requester' }
    case 'outdated':
      return {
        kind: 'quiet',
        text: ['quota', 'slo'].includes(kind)
          ? `outdated: the ${isQuota ? 'limits' : 'SLO'} changed meanwhile`
          : 'outdated',
      }
  }
}
