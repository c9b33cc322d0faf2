import type { Exclusion, MaintenanceWindow, StoredSlo } from '@tickwatch/db'
import { groupKey, isExcluded, type Span, type Step } from '@tickwatch/slo'
import { concerns, countedSteps, excludedSpans, groupsOut } from './slo.excluded.ts'
import type { Figures } from './slo.figures.ts'
import type { MaintenancePreview, SloHistoryView } from './slo.reads.types.ts'
import type { SloBudgets } from './slo.rows.ts'

type Labels = Record<string, string>

/**
 * The steps of a group, or of all groups together, those that count for the budget, and the time that is excluded.
 * @param read the steps of a group; of null those of all together
 */
export async function countedHistory(
  windows: readonly Exclusion[],
  sloId: string,
  labels: Labels | null,
  read: (labels: Labels | null) => Promise<Step[]>,
  stepSeconds: number,
): Promise<{ steps: Step[]; counted: readonly Step[]; excluded: Span[] }> {
  const excluded = excludedSpans(windows, sloId, labels, stepSeconds)
  const groups = labels === null ? groupsOut(windows, sloId, stepSeconds) : []
  const [steps, ...ofGroups] = await Promise.all([
    read(labels),
    ...groups.map(async (group) =>
      (await read(group.labels)).filter(({ endSeconds }) => isExcluded(endSeconds, stepSeconds, group.spans)),
    ),
  ])
  return { steps, counted: countedSteps(steps, excluded, stepSeconds, ofGroups), excluded }
}

/** The windows that a chart draws. @param range in Unix time */
export function drawnOf(
  windows: readonly MaintenanceWindow[],
  sloId: string,
  labels: Labels | null,
  range: { from: number; to: number },
): Pick<SloHistoryView, 'maintenance' | 'groupsInMaintenance'> {
  const inRange = windows.filter(
    ({ startsAt, until }) => startsAt.getTime() < range.to * 1_000 && until.getTime() > range.from * 1_000,
  )
  const ofGroups = inRange.flatMap((window) =>
    window.sloId === sloId && window.labels !== null ? [groupKey(window.labels)] : [],
  )
  return {
    maintenance: inRange
      .filter((window) => concerns(window, sloId, labels))
      .map(({ id, startsAt, until }) => ({ id, startsAt: startsAt.toISOString(), until: until.toISOString() })),
    groupsInMaintenance: labels === null ? new Set(ofGroups).size : 0,
  }
}

/**
 * What one more window excludes of what is counted.
 * @param before the budgets without it
 * @param after with it; null if the store of metrics did not answer
 */
export function excludedBy(
  draft: Exclusion,
  slos: readonly StoredSlo[],
  before: ReadonlyMap<string, SloBudgets>,
  after: ReadonlyMap<string, SloBudgets> | null,
): MaintenancePreview['slos'] {
  const key = draft.labels && groupKey(draft.labels)
  const figuresOf = (budgets: SloBudgets | undefined): Figures | null | undefined =>
    key === null ? budgets?.together : budgets?.groups.find(({ group }) => group.key === key)?.figures
  return slos.flatMap(({ id, definition }) => {
    const [now, then] = [figuresOf(before.get(id)), figuresOf(after?.get(id))]
    if (!now || !then) return []
    return [
      {
        ...{ sloId: id, title: definition.title, objective: definition.objective },
        ...{ bad: now.bad - then.bad, total: now.total - then.total },
        ...{ leftRatio: now.leftRatio, leftRatioThen: then.leftRatio },
      },
    ]
  })
}
