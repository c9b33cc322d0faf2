import type { IncidentEvent, IncidentEventKind } from './incident.repository.ts'
import { clientOf, type PlatformTx } from './transaction.ts'

/** What no tenant sees. Row-level security of `incident_event` has the same list. */
const ofThePlatform: readonly IncidentEventKind[] = ['note', 'assigned', 'reverted']
/** What only the tenant sees that the alert is about. The other kinds say that the whole incident changed. */
const ofOneAlert: readonly IncidentEventKind[] = ['alertFired', 'alertResolved']

/** The tenants whose pages of incidents show at least one of these events, in order. */
export async function thatSee(
  tx: PlatformTx,
  events: readonly Pick<IncidentEvent, 'incidentId' | 'tenantId' | 'kind'>[],
): Promise<string[]> {
  const seen = events
    .filter(({ kind }) => !ofThePlatform.includes(kind))
    .map(({ incidentId, tenantId, kind }) => ({ incidentId, tenantId: ofOneAlert.includes(kind) ? tenantId : null }))
  if (seen.length === 0) return []
  const rows = await clientOf(tx).$queryRaw<{ tenantId: string }[]>`
    SELECT DISTINCT t.tenant_id AS "tenantId"
    FROM jsonb_to_recordset(${JSON.stringify(seen)}::jsonb) AS e("incidentId" uuid, "tenantId" text)
      JOIN public.incident_tenant t
        ON t.incident_id = e."incidentId" AND (e."tenantId" IS NULL OR e."tenantId" = t.tenant_id)
    ORDER BY 1`
  return rows.map(({ tenantId }) => tenantId)
}
