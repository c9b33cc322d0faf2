import type { Prisma } from './generated/client.ts'
import type { Incident } from './incident.repository.ts'
import { textsOf } from './json.ts'
import { clientOf, type Tx } from './transaction.ts'

/** An incident, with the times in which it was not resolved. */
export type IncidentSpans = Pick<Incident, 'slo' | 'alertName' | 'labels' | 'blind' | 'severity' | 'state'> & {
  number: number
  /** Those of the tenants that it harms which the transaction may see. */
  tenants: string[]
  /** Oldest first. `to` is null if it is not resolved. */
  spans: { from: Date; to: Date | null }[]
}

/**
 * The incidents of an SLO that were not resolved at some time from `from` to `to`, the newest first. A tenant's transaction
 * sees those that harm the tenant.
 * @param labels of the group; of this group and of the whole SLO. Null for those of all groups.
 */
export async function ofSlo(
  tx: Tx,
  slo: { owner: string; id: string; labels: Readonly<Record<string, string>> | null },
  { from, to }: { from: Date; to: Date },
  most: number,
): Promise<IncidentSpans[]> {
  const { owner, id, labels } = slo
  const rows = await clientOf(tx).incident.findMany({
    where: {
      ...{ slo: id, owner, openedAt: { lte: to } },
      AND: [
        { OR: [{ resolvedAt: null }, { resolvedAt: { gte: from } }] },
        ...(labels === null ? [] : [{ OR: [{ labels: { equals: labels } }, { labels: { equals: {} } }] }]),
      ],
    },
    select: shown,
    orderBy: [{ openedAt: 'desc' }, { number: 'desc' }],
    take: most,
  })
  return rows.flatMap(({ labels: own, tenants, events, ...row }) => {
    const spans = spansOf(events).filter((span) => span.from <= to && (span.to === null || span.to >= from))
    if (spans.length === 0) return []
    return [{ ...row, labels: textsOf(own), tenants: tenants.map(({ tenantId }) => tenantId), spans }]
  })
}

const shown = {
  ...{ number: true, slo: true, alertName: true, labels: true, blind: true, severity: true, state: true },
  tenants: { select: { tenantId: true }, orderBy: { tenantId: 'asc' } },
  events: {
    where: { kind: { in: ['opened', 'reopened', 'resolved'] } },
    select: { kind: true, at: true },
    orderBy: { id: 'asc' },
  },
} as const satisfies Prisma.IncidentSelect

function spansOf(events: readonly { kind: string; at: Date }[]): IncidentSpans['spans'] {
  const spans: IncidentSpans['spans'] = []
  for (const { kind, at } of events) {
    const last = spans.at(-1)
    if (kind !== 'resolved') spans.push({ from: at, to: null })
    else if (last) last.to = at
  }
  return spans
}
