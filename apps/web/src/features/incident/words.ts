import type { StatusKind } from '../../components/Status.tsx'
import { formatInteger } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'

export type Incident = Outputs['incident']['list']['items'][number]
export type IncidentOfTenant = Outputs['incident']['listOfTenant']['items'][number]
export type Detail = Outputs['incident']['get']
export type DetailOfTenant = Outputs['incident']['getOfTenant']
export type Harmed = Outputs['incident']['harmed']
export type Change = Detail['changes'][number]
export type Event = Detail['timeline'][number] | DetailOfTenant['timeline'][number]

type State = Pick<IncidentOfTenant, 'state' | 'blind' | 'severity'>

/** The state of an incident, such as *open, pages*. */
export function stateWords({ state, blind, severity }: State): { kind: StatusKind; text: string } {
  if (state === 'resolved') return { kind: 'good', text: 'resolved' }
  const how = blind ? ', blind' : severity === 'page' ? ', pages' : ''
  if (state === 'acknowledged') return { kind: 'warning', text: `acknowledged${how}` }
  return { kind: severity === 'page' && !blind ? 'bad' : 'warning', text: `${state}${how}` }
}

/** One sentence for the list of what is open. `more` if there are further pages. */
export function openSentence(open: readonly Pick<IncidentOfTenant, 'severity' | 'state'>[], more: boolean): string {
  if (open.length === 0) return 'No incident is open.'
  const count = `${formatInteger(open.length)}${more ? ' or more' : ''}`
  const waits = open.filter(({ state, severity }) => severity === 'page' && state !== 'acknowledged').length
  const isOne = open.length === 1 && !more
  if (isOne && waits === 1) return '1 incident is open. It pages, and nobody has acknowledged it.'
  const are = isOne ? 'incident is' : 'incidents are'
  const pages =
    waits === 0
      ? 'No page waits for somebody who acknowledges it.'
      : `${formatInteger(waits)} of them ${waits === 1 ? 'pages' : 'page'}, and nobody has acknowledged ${waits === 1 ? 'it' : 'them'}.`
  return `${count} ${are} open. ${pages}`
}

const kindWords: Record<Event['kind'], string> = {
  opened: 'The incident opened',
  reopened: 'The incident is open again',
  raised: 'It was a ticket and pages now',
  alertFired: 'An alert began to fire',
  alertResolved: 'An alert ended',
  blind: 'There is no data any more: nobody knows whether the harm has ended',
  sighted: 'There are data again',
  acknowledged: 'Acknowledged',
  assigned: 'Assigned',
  note: 'Note',
  reverted: 'Reverted a change',
  resolved: 'Resolved',
}
export const eventWords = ({ kind, alert, tenantId }: Event): string =>
  alert ? `${kindWords[kind]}: ${alert.name}${tenantId === null ? '' : ` of ${tenantId}`}` : kindWords[kind]

/** Of a longer note only the beginning is shown at first. */
const noteShown = { lines: 12, characters: 1_000 }

/** The beginning of a note, in whole lines if it has short ones, and `…`; a note of few lines as it is. */
export function beginningOfNote(text: string): string {
  const short = text.split('\n').slice(0, noteShown.lines).join('\n')
  if (short === text && text.length <= noteShown.characters) return text
  const cut = short.slice(0, noteShown.characters)
  const end = Math.max(cut.lastIndexOf('\n'), cut.lastIndexOf(' '))
  const whole = cut === short ? cut : cut.slice(0, end > 0 ? end : cut.length).toWellFormed()
  return `${whole.trimEnd()}\n\n…`
}

const alertKinds: readonly Event['kind'][] = ['alertFired', 'alertResolved']
/** A timeline without the single alerts, which may be thousands. */
export const withoutAlerts = <T extends Event>(timeline: readonly T[]): T[] =>
  timeline.filter(({ kind }) => !alertKinds.includes(kind))
