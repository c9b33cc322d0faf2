import type { Incident } from '@tickwatch/db'
import { platformTenant } from '@tickwatch/slo'
import type { SloReads } from '../slo/slo.reads.ts'
import { tenantLabel, type Viewer } from '../slo/slo.visible.ts'
import type { HarmedView } from './incident.types.ts'

const rowsMax = 100
const unknown = { window: null, rows: [], more: 0, asOf: null }

/**
 * The budgets of the groups that an incident is about: of its group, or of a whole SLO those of the tenants that it harms.
 * All from one reading of all budgets.
 */
export async function harmedBy(
  slos: Pick<SloReads, 'budgetsOf'>,
  viewer: Viewer,
  { slo, owner, labels }: Pick<Incident, 'slo' | 'owner' | 'labels'>,
  tenants: readonly string[],
): Promise<HarmedView> {
  if (slo === null || owner !== platformTenant) {
    return { ...unknown, missing: 'This alert is of no SLO in Tickwatch, so there is no budget to show.' }
  }
  const found = await slos.budgetsOf(viewer, slo)
  if (!found) return { ...unknown, missing: 'The SLO does not exist any more, so there is no budget to show.' }
  const { groups, groupBy, window, asOf, missing } = found
  const harmed = new Set(tenants)
  const measured = groups.filter(
    ({ labels: own }) =>
      Object.entries(labels).every(([name, value]) => own[name] === value) &&
      (own[tenantLabel] === undefined || labels[tenantLabel] !== undefined || harmed.has(own[tenantLabel])),
  )
  const known = new Set(measured.map((row) => row.labels[tenantLabel]))
  const others = groupBy.includes(tenantLabel) ? tenants.filter((id) => !known.has(id)) : []
  const rows = [
    ...measured.map((row) => ({ ...row, key: groupBy.length === 0 ? null : row.key })),
    ...others.map((id) => ({ key: null, labels: { [tenantLabel]: id }, figures: null, firing: null })),
  ]
  return { window, rows: rows.slice(0, rowsMax), more: Math.max(0, rows.length - rowsMax), asOf, missing }
}
