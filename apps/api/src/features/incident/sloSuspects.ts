import type { SloVersion } from '@tickwatch/db'
import { type Definition, weakenings } from '@tickwatch/slo'
import type { RankedChange } from './whatChanged.rules.ts'

type Diff = RankedChange['diff']

/**
 * The changes of an SLO's definition that may be why its alerts fire.
 * @param versions of the SLO, the newest first and without gaps; of the last one nobody knows what was before
 */
export function sloSuspects(
  sloId: string,
  versions: readonly SloVersion[],
  { from, to }: { from: Date; to: Date },
): RankedChange[] {
  return versions.flatMap(({ version, savedAt, by, reason, definition }, i): RankedChange[] => {
    const before = version === 1 ? null : versions[i + 1]
    if (definition === null || before === undefined || savedAt < from || savedAt > to) return []
    // An SLO can be made again after it was deleted. What another release wrote can't be compared.
    if (before?.definition === null && !before.isDeletion) return []
    const was = before?.definition ?? null
    const common = {
      ...{ id: `slo/${sloId}/${version}`, at: savedAt, savedAt, wasPublished: true, by: by.name, reason },
      ...{ tenantId: null, gateways: [], rings: [], zones: [], path: `/slos/${sloId}` },
    }
    const named = `the SLO “${definition.title}”`
    if (was === null) return [{ ...common, kind: 'sloMade', title: `${by.name} made ${named}`, diff: [], revert: null }]
    const diff = sloDiff(was, definition)
    if (diff.length === 0) return []
    return [
      {
        ...{ ...common, diff, title: `${by.name} changed ${named}, version ${version}` },
        // What was weaker before is stricter now.
        kind: weakenings(definition, was).length > 0 ? 'sloChanged' : 'sloWeakened',
        revert: { what: 'slo', id: sloId, version },
      },
    ]
  })
}

/** What of a definition decides whether alerts fire: all but its title, owner and runbook. */
function sloDiff(before: Definition, after: Definition): Diff {
  const [was, is] = [factsOf(before), factsOf(after)]
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((what) => {
    const [from, to] = [was[what] ?? null, is[what] ?? null]
    return from === to ? [] : [{ what, from, to }]
  })
}

function factsOf({ sli, objective, window, groupBy, alerting }: Definition): Record<string, string> {
  const facts: Record<string, string> = {}
  for (const [name, value] of Object.entries(sli)) if (value != null) facts[`SLI, ${name}`] = String(value)
  facts.objective = `${Number((objective * 100).toPrecision(6))} %`
  facts.window = 'days' in window ? `${window.days} days` : `${window.calendar}, ${window.timeZone}`
  if (groupBy.length > 0) facts['grouped by'] = [...groupBy].sort().join(', ')
  const burns = alerting.burns.map(
    ({ severity, factor, longMinutes, shortMinutes }) =>
      `${severity} at ${factor}× in ${longMinutes} and ${shortMinutes} min`,
  )
  if (burns.length > 0) facts.alerts = burns.join('; ')
  facts['bad events that an alert needs'] = String(alerting.badEventsMin)
  return facts
}
