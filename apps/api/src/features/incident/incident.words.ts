import type { Incident, StoredIncident } from '@tickwatch/db'
import { alertNames, platformTenant } from '@tickwatch/slo'
import type { Notification } from '../notification/notification.types.ts'
import type { News } from '../notification/queue.ts'
import type { SloTitles } from './sloTitles.ts'

/** The label with the number of the rollout because of which an incident opened, and the names of such incidents. */
export const rolloutLabel = 'rollout'
export const rolloutAlerts = { 'rolled back': 'RolloutRolledBack', 'rollback failed': 'RolloutRollbackFailed' } as const

/** `acme`, `acme and initech`, `acme, initech and 3 more`. */
export function listed(names: readonly string[]): string {
  const [first = '', second] = names
  if (second === undefined) return first
  return names.length === 2 ? `${first} and ${second}` : `${first}, ${second} and ${names.length - 2} more`
}

/** The harm in one line, such as *“Graphs are current” burns its budget too fast for acme*. */
export function titleOf(
  incident: Pick<Incident, 'owner' | 'slo' | 'alertName' | 'labels' | 'blind' | 'state'>,
  tenants: readonly string[],
  titles: SloTitles,
): string {
  const { owner, slo, alertName, labels, blind, state } = incident
  const { tenant_id: tenant, ...others } = labels
  const groups = Object.entries(others).map(([name, value]) => `${name} ${value}`)
  const harmed = tenant === undefined ? tenants : [tenant]
  const about = [...(harmed.length > 0 ? [listed(harmed)] : []), ...groups].join(', ')
  const rollout = `rollout ${labels[rolloutLabel]} of ${labels.image ?? 'an image'}`
  if (slo === null && labels[rolloutLabel] !== undefined) {
    if (alertName === rolloutAlerts['rolled back']) return `R${rollout.slice(1)} rolled itself back`
    if (alertName === rolloutAlerts['rollback failed']) return `The rollback of ${rollout} failed`
  }
  if (slo === null) return about === '' ? `${alertName} fires` : `${alertName} fires: ${about}`
  const title = `“${(owner === platformTenant ? titles.get(slo) : undefined) ?? slo}”`
  // One that opened because data were missing is not blind any more once it is resolved. Nobody knows that it ever burnt.
  const hadNoData = blind || (alertName === alertNames.blind && state === 'resolved')
  const what = hadNoData ? `${title} has no data` : `${title} burns its budget too fast`
  return about === '' ? what : `${what} for ${about}`
}

/** What receivers know an episode of an incident by. PagerDuty would reopen nothing: a new episode is a new one for it. */
export const subjectOf = ({ number, episode }: Pick<StoredIncident, 'number' | 'episode'>): string =>
  `inc-${number}/${episode}`

/** The number and episode of a subject; null if it is of something else. */
export function incidentOfSubject(subject: string): { number: number; episode: number } | null {
  const [, number, episode] = /^inc-([1-9]\d{0,8})\/([1-9]\d{0,8})$/.exec(subject) ?? []
  return number === undefined || episode === undefined ? null : { number: Number(number), episode: Number(episode) }
}

export const pathOf = ({ number }: Pick<StoredIncident, 'number'>): string => `/incidents/${number}`

/** What receivers are told of an incident. */
export function newsOf(
  incident: StoredIncident,
  event: News['event'],
  about: { text: string; by: string | null; at: Date },
  titles: SloTitles,
): News {
  const { severity, slo, tenants, labels } = incident
  const [only] = tenants
  const notification: Notification = {
    ...{ kind: 'incident', severity, slo, path: pathOf(incident), links: [], by: about.by, text: about.text },
    tenantId: labels.tenant_id ?? (tenants.length === 1 && only !== undefined ? only : null),
    title: titleOf(incident, tenants, titles),
    at: about.at.toISOString(),
  }
  return { subject: subjectOf(incident), event, notification }
}

/** What is told when an episode opens: which change is suspected. */
export function openedText({ severity, episode, suspect }: StoredIncident): string {
  const what = severity === 'page' ? 'It pages.' : 'It is a ticket.'
  const again = episode > 1 ? ` It is back: episode ${episode}.` : ''
  const why = suspect
    ? ` First suspect: ${suspect.change}. ${suspect.why}`
    : ' Tickwatch knows of no change in the two hours before.'
  return `${what}${again}${why}`
}
