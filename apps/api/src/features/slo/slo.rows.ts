import type { Exclusion, StoredSlo } from '@tickwatch/db'
import { type Definition, groupKey, type Severity, stepsWithin, subtractCauses } from '@tickwatch/slo'
import { concerns, excludedSpans } from './slo.excluded.ts'
import { byUrgency, type Figures, figuresOf, windowStart } from './slo.figures.ts'
import type { FiringView, GroupRowView, GroupView, SloRowView } from './slo.reads.types.ts'
import type { Firing, Snapshot } from './slo.snapshot.ts'
import { type Counts, noCounts, type Tally, tallyKey, together } from './slo.tallies.ts'
import { maySeeGroup, tenantLabel, type Viewer } from './slo.visible.ts'

/** The budgets of an SLO: of all its events together, and of each of its groups. */
export type SloBudgets = {
  together: Figures
  groups: { group: GroupView; figures: Figures }[]
  /** Of a group, or of all events together. */
  badRatioByDay(labels: Readonly<Record<string, string>> | null): (number | null)[]
}

/** The budgets of all SLOs, by their ids. */
export function budgetsOf(
  slos: readonly StoredSlo[],
  snapshot: Snapshot,
  stepSeconds: number,
): ReadonlyMap<string, SloBudgets> {
  const { asOfSeconds, excluded } = snapshot
  const windows = new Map([...snapshot.windows].map(([start, tallies]) => [start, bySlo(tallies.values())]))
  const days = snapshot.days.map((tallies) => bySlo(tallies.values()))
  return new Map(
    slos.map(({ id, definition }) => {
      const start = windowStart(definition.window, asOfSeconds, stepSeconds)
      const own = windows.get(start)?.get(id) ?? []
      // Those that it has today: a version before may have had others.
      const groups = own
        .filter(({ labels }) => Object.keys(labels).every((name) => definition.groupBy.includes(name)))
        .map(({ labels }) => {
          const key = tallyKey(id, labels)
          return {
            labels,
            window: parted(snapshot.windows.get(start)?.get(key), excluded.windows.get(start)?.get(key)),
            lastHour: parted(snapshot.lastHour.get(key), excluded.lastHour.get(key)),
            lastData: snapshot.lastData.get(key) ?? null,
          }
        })
      const figures = (of: typeof groups, labels: Readonly<Record<string, string>> | null) => {
        const spans = excludedSpans(snapshot.maintenance, id, labels, stepSeconds)
        const soFar = { startSeconds: start, endSeconds: asOfSeconds }
        return figuresOf(
          definition,
          {
            window: together(of.map(({ window }) => window.counted)),
            lastHour: together(of.map(({ lastHour }) => lastHour.counted)),
            excluded: {
              window: together(of.map(({ window }) => window.excluded)),
              lastHour: together(of.map(({ lastHour }) => lastHour.excluded)),
              seconds: stepsWithin(soFar, stepSeconds, spans).excluded * stepSeconds,
            },
            lastDataSeconds: latest(of.map(({ lastData }) => lastData)),
            asOfSeconds,
          },
          stepSeconds,
        )
      }
      return [
        id,
        {
          together: figures(groups, definition.groupBy.length === 0 ? {} : null),
          groups: groups.map((group) => ({
            group: { key: groupKey(group.labels), labels: group.labels },
            figures: figures([group], group.labels),
          })),
          badRatioByDay: (labels) =>
            snapshot.days.map((tallies, i) => {
              const own = labels && tallies.get(tallyKey(id, labels))
              const { bad, total } = together(labels ? (own ? [own] : []) : (days[i]?.get(id) ?? []))
              return total > 0 ? bad / total : null
            }),
        },
      ]
    }),
  )
}

/** What of the counts of a group counts, and what is excluded. */
function parted(all: Counts = noCounts, excluded: Counts = noCounts): { counted: Counts; excluded: Counts } {
  const { bad, total, steps, told } = excluded
  const counted = { bad: all.bad - bad, total: all.total - total, steps: all.steps - steps }
  return { counted: { ...counted, told: subtractCauses(all.told, told) }, excluded }
}

const latest = (times: readonly (number | null)[]): number | null =>
  times.reduce((last, time) => (time === null ? last : Math.max(last ?? time, time)), null)

function bySlo(tallies: Iterable<Tally>): Map<string, Tally[]> {
  const found = new Map<string, Tally[]>()
  for (const tally of tallies) {
    const own = found.get(tally.sloId)
    if (own) own.push(tally)
    else found.set(tally.sloId, [tally])
  }
  return found
}

type Asked = {
  viewer: Viewer
  tenantId: string | null
  firing: readonly Firing[] | null
  /** The windows that hold now. */
  maintenance: readonly Exclusion[]
}

/** The groups of an SLO that a person may see, and asked for, the most urgent first. */
export function groupRows(
  { id }: StoredSlo,
  budgets: SloBudgets | undefined,
  { viewer, tenantId, firing }: Asked,
): GroupRowView[] {
  return (budgets?.groups ?? [])
    .filter(
      ({ group: { labels } }) =>
        maySeeGroup(viewer, labels) && (tenantId ?? labels[tenantLabel]) === labels[tenantLabel],
    )
    .map(({ group, figures }) => ({ ...group, figures, firing: firingOf(firing, id, [group.key]) }))
    .sort((a, b) => byUrgency({ ...a, name: a.key }, { ...b, name: b.key }))
}

/** What fires for these groups of an SLO, and that it is blind, which is of no group. */
export function firingOf(
  firing: readonly Firing[] | null,
  sloId: string,
  groupKeys: readonly string[],
): FiringView[] | null {
  if (firing === null) return null
  return firing
    .filter((alert) => alert.sloId === sloId)
    .map(({ severity, labels, sinceSeconds }) => ({
      severity,
      since: new Date(sinceSeconds * 1_000).toISOString(),
      group: severity === 'blind' ? null : { key: groupKey(labels), labels },
    }))
    .filter(({ group }) => group === null || groupKeys.includes(group.key))
}

/** Of a definition with its budgets, if they are known, what the list shows. */
export function rowOf(slo: StoredSlo, budgets: SloBudgets | undefined, asked: Asked): SloRowView {
  const { definition } = slo
  const isGrouped = definition.groupBy.length > 0
  const groups = groupRows(slo, budgets, asked)
  const [first] = groups
  const of = isGrouped && first ? { key: first.key, labels: first.labels } : null
  const about = of?.labels ?? (isGrouped ? null : {})
  return {
    ...{ sloId: slo.id, title: definition.title, owner: definition.owner, kind: definition.sli.kind },
    ...{ objective: definition.objective, window: definition.window, groupBy: definition.groupBy },
    of,
    figures: (isGrouped ? first?.figures : undefined) ?? budgets?.together ?? null,
    badRatioByDay: budgets?.badRatioByDay(of?.labels ?? null) ?? [],
    maintenanceUntil: maintenanceUntil(asked.maintenance, slo.id, about),
    firing: firingOf(asked.firing, slo.id, isGrouped ? groups.map(({ key }) => key) : [groupKey({})]),
    groups: isGrouped && groups.length > 0 ? countGroups(groups) : null,
    firesAt: { page: firesAt(definition, 'page'), ticket: firesAt(definition, 'ticket') },
  }
}

/** Until when the maintenance of a group lasts that holds now; null if none does. */
export function maintenanceUntil(
  windows: readonly Exclusion[],
  sloId: string,
  labels: Readonly<Record<string, string>> | null,
): string | null {
  const own = windows.filter((window) => concerns(window, sloId, labels))
  return own.length === 0 ? null : new Date(Math.max(...own.map(({ until }) => until.getTime()))).toISOString()
}

const countGroups = (groups: readonly GroupRowView[]) => ({
  count: groups.length,
  exhausted: groups.filter(({ figures }) => (figures.leftRatio ?? 1) <= 0).length,
  burning: groups.filter(({ figures }) => (figures.burn ?? 0) > 1).length,
  blind: groups.filter(({ figures }) => figures.state === 'blind').length,
})

const firesAt = ({ alerting }: Definition, severity: Severity): number | null => {
  const factors = alerting.burns.filter((burn) => burn.severity === severity).map(({ factor }) => factor)
  return factors.length === 0 ? null : Math.min(...factors)
}
