import {
  changes,
  type Database,
  type IncidentSpans,
  incidentSpans,
  type MadeChanges,
  type PlatformTx,
  slos as storedSlos,
  type TenantTx,
} from '@tickwatch/db'
import { platformTenant } from '@tickwatch/slo'
import type { z } from 'zod'
import type { SloReads } from '../slo/slo.reads.ts'
import type { sloHistoryInput } from '../slo/slo.reads.types.ts'
import { tenantLabel, type Viewer } from '../slo/slo.visible.ts'
import { rangeOf } from '../usage/usage.charts.ts'
import type { SloMarksView } from './incident.types.ts'
import { titleOf } from './incident.words.ts'
import { rolloutMarks } from './rolloutSuspects.ts'
import type { SloTitles } from './sloTitles.ts'
import type { RankedChange } from './whatChanged.rules.ts'
import { auditedActions, changesOf } from './whatChanged.ts'

const incidentsMax = 100
/** Of each kind of change, and of all together. */
const changesMax = 200
/** Each tenant is read in a transaction of its own. A person has few. */
const tenantsMax = 20

type Times = { from: Date; to: Date }

/**
 * The incidents of an SLO and what changed in a range, for its charts. A tenant’s people see the incidents that harm their
 * tenant and what changed it, and a guest sees none, because both name tenants.
 */
export function createSloMarks(parts: {
  /** For tenants' requests: in turns. */
  fairDb: Database
  db: Database
  slos: Pick<SloReads, 'seenBy'>
}): (viewer: Viewer, input: z.output<typeof sloHistoryInput>) => Promise<SloMarksView> {
  return async (viewer, input) => {
    const { labels, title } = await parts.slos.seenBy(viewer, input)
    const titles = new Map([[input.sloId, title]])
    const range = rangeOf(input)
    const times = { from: new Date(range.from * 1_000), to: new Date(range.to * 1_000) }
    const slo = { owner: platformTenant, id: input.sloId, labels }
    const group = labels?.[tenantLabel] ?? null
    const incidentsIn = (tx: PlatformTx | TenantTx) => incidentSpans.ofSlo(tx, slo, times, incidentsMax)
    if (viewer.isPlatform) {
      return parts.db.platform(async (tx) => {
        const made = await changes.between(tx, times, auditedActions, changesMax, group)
        const views = (await incidentsIn(tx)).map((one) => incidentMark(one, titles, `/incidents/${one.number}`))
        const saved = await savedVersions(tx, input.sloId)
        const others = [...saved, ...(await rolloutMarks(tx, times))]
        return { of: 'all', incidents: views, ...changeMarks([made], times, { others }) }
      })
    }
    const tenantIds = [...viewer.tenantIds].filter((id) => group === null || id === group).slice(0, tenantsMax)
    const read = await Promise.all(
      tenantIds.map((id) =>
        parts.fairDb.tenant(id, async (tx) => {
          const made = await changes.ofTenant(tx, times, auditedActions, changesMax)
          return { made, incidents: (await incidentsIn(tx)).map((one) => ({ one, id })) }
        }),
      ),
    )
    const found = new Map(read.flatMap(({ incidents }) => incidents).map((each) => [each.one.number, each]))
    return {
      of: viewer.tenantIds.size === 0 ? 'none' : 'own',
      incidents: [...found.values()]
        .toSorted((a, b) => b.one.number - a.one.number)
        .map(({ one, id }) => incidentMark(one, titles, `/t/${id}/incidents/${one.number}`)),
      ...changeMarks(
        read.map(({ made }) => made),
        times,
        { pathOf: pathForTenant },
      ),
    }
  }
}

const incidentMark = (incident: IncidentSpans, titles: SloTitles, path: string): SloMarksView['incidents'][number] => ({
  ...{ number: incident.number, severity: incident.severity, path },
  title: titleOf({ ...incident, owner: platformTenant }, incident.tenants, titles),
  spans: incident.spans.map(({ from, to }) => ({ from: from.toISOString(), to: to?.toISOString() ?? null })),
})

type Mark = Pick<RankedChange, 'id' | 'at' | 'title' | 'by' | 'reason' | 'path'>

/** How the SLO itself was changed. */
async function savedVersions(tx: PlatformTx, sloId: string): Promise<Mark[]> {
  const { items } = await storedSlos.versions(tx, sloId, { pageSize: changesMax })
  return items.map(({ version, savedAt, by, reason }) => ({
    ...{ id: `slo/${sloId}/${version}`, at: savedAt, by: by.name, reason, path: `/slos/${sloId}` },
    title: `${by.name} saved version ${version} of this SLO`,
  }))
}

/** The pages of tenants and envelopes are the platform's. */
const pathForTenant = ({ path, tenantId }: RankedChange) =>
  path === null || path.startsWith('/t/') ? path : `/t/${tenantId}/quotas`

/** The changes of a range, the newest first, and since when they are complete; null if they are all there. */
export function changeMarks(
  made: readonly MadeChanges[],
  { from, to }: Times,
  {
    others = [],
    pathOf = ({ path }) => path,
  }: { others?: readonly Mark[]; pathOf?: (change: RankedChange) => string | null } = {},
): Pick<SloMarksView, 'changes' | 'changesSince'> {
  const nowhere = { beganAt: to, tenants: [], gateways: [], rings: [], zones: [] }
  const ranked = made.flatMap((each) => changesOf(each, nowhere))
  const all = [...ranked.map((change): Mark => ({ ...change, path: pathOf(change) })), ...others]
    .filter(({ at }) => at >= from && at <= to)
    .toSorted((a, b) => b.at.getTime() - a.at.getTime() || (a.id < b.id ? -1 : 1))
  const cut = all.length > changesMax ? all[changesMax - 1]?.at : undefined
  const since = [...made.flatMap(completeSince), ...(cut ? [cut] : [])].reduce<Date | null>(
    (latest, at) => (latest === null || at > latest ? at : latest),
    null,
  )
  return {
    changesSince: since?.toISOString() ?? null,
    changes: all
      .filter(({ at }) => since === null || at >= since)
      .slice(0, changesMax)
      .map(({ id, at, title, by, reason, path }) => ({ ...{ id, title, by, reason, path }, at: at.toISOString() })),
  }
}

/** Of each list that has as many as were asked for, the time of its oldest. */
function completeSince({ quotas, audited, versions, gateways }: MadeChanges): Date[] {
  const times = [
    quotas.map(({ createdAt }) => createdAt),
    audited.map(({ at }) => at),
    versions.map(({ createdAt }) => createdAt),
    gateways.map(({ startedAt }) => startedAt),
  ]
  return times.flatMap((list) => (list.length < changesMax ? [] : (list.at(-1) ?? [])))
}
