import type { IncidentOfTenant, StoredIncident, StoredIncidentEvent } from '@tickwatch/db'
import type {
  ChangeView,
  EventOfTenantView,
  EventView,
  IncidentDetail,
  IncidentOfTenantView,
  IncidentView,
} from './incident.types.ts'
import { titleOf } from './incident.words.ts'
import { escaped } from './markdown.ts'
import type { SloTitles } from './sloTitles.ts'
import { wayBackOf } from './wayBack.ts'
import type { rankChanges } from './whatChanged.rules.ts'

export const tenantView = (
  incident: IncidentOfTenant,
  tenants: readonly string[],
  titles: SloTitles,
): IncidentOfTenantView => {
  const { number, state, severity, slo, alertName, labels, episode, blind, resolvedAt } = incident
  return {
    ...{ number, state, severity, slo, alertName, labels, episode, blind, title: titleOf(incident, tenants, titles) },
    openedAt: incident.openedAt.toISOString(),
    beganAt: incident.beganAt.toISOString(),
    resolvedAt: resolvedAt?.toISOString() ?? null,
  }
}

export const incidentView = (incident: StoredIncident, titles: SloTitles): IncidentView => {
  const { tenants, assignee, suspect } = incident
  return { ...tenantView(incident, tenants, titles), tenants, assignee, suspect }
}

export const tenantEvent = (event: Omit<StoredIncidentEvent, 'by' | 'text'>): EventOfTenantView => {
  const { id, episode, at, kind, tenantId, alert } = event
  return { id, episode, at: at.toISOString(), kind, tenantId, alert }
}
export const eventView = (event: StoredIncidentEvent): EventView => {
  const { by, text } = event
  return { ...tenantEvent(event), by, text }
}

export const changeView = (change: ReturnType<typeof rankChanges>[number]): ChangeView => {
  const { at, savedAt, wasPublished, revert, ...rest } = change
  const rollBackTo = revert?.what === 'rollback' ? revert.version : null
  return {
    ...{ ...rest, at: at.toISOString(), rollBackTo, wayBack: wayBackOf(change) },
    revertable: revert !== null && rollBackTo === null,
  }
}

const eventWords: Record<EventView['kind'], string> = {
  opened: 'The incident opened',
  reopened: 'The incident is open again',
  raised: 'It is a page now',
  alertFired: 'An alert began to fire',
  alertResolved: 'An alert ended',
  blind: 'There is no data any more',
  sighted: 'There are data again',
  acknowledged: 'Acknowledged',
  assigned: 'Assigned',
  note: 'Note',
  reverted: 'Reverted',
  resolved: 'Resolved',
}

const quoted = (text: string) =>
  text
    .split(/\r?\n/)
    .map((line) => `  > ${line}`)
    .join('\n')
const utc = (iso: string) => `${iso.slice(0, 19).replace('T', ' ')} UTC`

function eventLine({ at, kind, by, text, alert, tenantId }: EventView): string {
  const about = alert ? `: ${escaped(alert.name)}${tenantId === null ? '' : ` of ${escaped(tenantId)}`}` : ''
  const who = by ? ` by ${escaped(by.name)}` : ''
  const line = `- ${utc(at)}: ${eventWords[kind]}${about}${who}`
  if (text === null) return line
  return kind === 'note' ? `${line}\n\n${quoted(text)}\n` : `${line}: ${escaped(text)}`
}

function changeLines({ title, why, at, reason, diff }: ChangeView, i: number): string {
  const details = [`   ${escaped(why)} It took effect at ${utc(at)}.`]
  if (reason) details.push(`   Reason: ${escaped(reason)}`)
  for (const { what, from, to } of diff)
    details.push(`   - ${escaped(what)}: ${escaped(from ?? 'none')} → ${escaped(to ?? 'none')}`)
  return [`${i + 1}. ${escaped(title)}`, ...details].join('\n')
}

const changesMax = 20

/** The incident as a Markdown document. */
export function reportOf(incident: IncidentDetail): string {
  const { number, title, state, severity, tenants, beganAt, resolvedAt, assignee, changes, timeline } = incident
  const lasted = resolvedAt === null ? 'It is not resolved.' : `It was resolved at ${utc(resolvedAt)}.`
  const left = changes.length > changesMax ? `\n\n${changes.length - changesMax} more changes are less suspect.` : ''
  return [
    `# Incident ${number}: ${escaped(title)}`,
    [
      `- State: ${state}`,
      `- Severity: ${severity}`,
      `- Began: ${utc(beganAt)}. ${lasted}`,
      `- Tenants: ${tenants.length === 0 ? 'none is named' : tenants.map(escaped).join(', ')}`,
      `- Assigned to: ${assignee === null ? 'nobody' : escaped(assignee)}`,
    ].join('\n'),
    '## What changed before',
    changes.length === 0
      ? 'Tickwatch knows of no change in the two hours before.'
      : `${changes.slice(0, changesMax).map(changeLines).join('\n')}${left}`,
    '## Timeline',
    timeline.map(eventLine).join('\n'),
    '',
  ].join('\n\n')
}
