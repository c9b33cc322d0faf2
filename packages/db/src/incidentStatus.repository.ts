import type { Incident } from './incident.repository.ts'
import { clientOf, type PlatformTx } from './transaction.ts'

/** An incident as the status page needs it: nothing of it was written by a person. */
export type IncidentStatus = Pick<
  Incident,
  'id' | 'alertName' | 'state' | 'episode' | 'blind' | 'beganAt' | 'resolvedAt'
> & {
  /** The SLO's id. */
  slo: string
  /** Whether an alert of it fires now. */
  fires: boolean
  /** The first ten of the tenants that it harms. */
  tenants: string[]
  /** How many tenants it harms. */
  tenantCount: number
}

/**
 * The incidents of some SLOs of one owner that are not resolved, or were resolved at `since` or later: at most `most`. Those
 * that are not resolved come first, and of them the one that began first; of the others the one that was resolved last.
 */
export async function ofSlos(
  tx: PlatformTx,
  { owner, ids }: { owner: string; ids: readonly string[] },
  since: Date,
  most: number,
): Promise<IncidentStatus[]> {
  return clientOf(tx).$queryRaw<IncidentStatus[]>`
    SELECT i.id, i.slo, i.alert_name AS "alertName", i.state, i.episode, i.blind, i.began_at AS "beganAt",
      i.resolved_at AS "resolvedAt",
      EXISTS (
        SELECT FROM public.alert_receipt r WHERE r.incident_id = i.id AND r.status = 'firing' AND r.ended_at IS NULL
      ) AS fires,
      ARRAY(
        SELECT t.tenant_id FROM public.incident_tenant t WHERE t.incident_id = i.id ORDER BY t.tenant_id LIMIT 10
      ) AS tenants,
      (SELECT count(*)::int FROM public.incident_tenant t WHERE t.incident_id = i.id) AS "tenantCount"
    FROM public.incident i
    WHERE i.owner = ${owner} AND i.slo = ANY(${[...ids]}) AND (i.state <> 'resolved' OR i.resolved_at >= ${since}::timestamptz)
    ORDER BY i.resolved_at DESC NULLS FIRST, i.began_at, i.id LIMIT ${most}`
}
