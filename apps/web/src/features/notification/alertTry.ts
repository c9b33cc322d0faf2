import { plural } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { either } from '../../lib/words.ts'

export type TriedAlert = Outputs['notification']['dryRunOnAlerts'][number]

/** `SloBurnPage of acme about freshness, page` */
export const alertWords = ({ name, tenantId, slo, severity }: TriedAlert): string =>
  `${name}${tenantId === null ? '' : ` of ${tenantId}`}${slo === null ? '' : ` about ${slo}`}, ${severity}`

/** The routes that take an alert now, without the one that is being changed. */
const others = ({ takenBy }: Pick<TriedAlert, 'takenBy'>, route: string | null) =>
  takenBy.filter((name) => name !== route)

/** Which routes take an alert now. @param route the name of the route that is being changed; null for a new one */
export function takenWords(alert: Pick<TriedAlert, 'takenBy'>, route: string | null): string {
  const names = others(alert, route)
  const isTaken = route !== null && alert.takenBy.includes(route)
  if (names.length === 0) return isTaken ? 'this route takes it already' : 'no route takes it now'
  const so = `${names.length === 1 ? 'the route' : 'the routes'} ${either(names, 'and')}`
  return isTaken ? `taken already, and by ${so}` : `taken by ${so}`
}

/** How many of the last alerts the route would have taken, and how many of these no other route takes. */
export function alertSentence(alerts: readonly TriedAlert[], route: string | null): string {
  const taken = alerts.filter(({ fits }) => fits)
  const only = taken.filter((alert) => others(alert, route).length === 0).length
  const lost = alerts.filter(({ fits, takenBy }) => !fits && route !== null && takenBy.includes(route)).length
  const alone = taken.length === 0 ? '' : ` No other route takes ${only} of them.`
  const left = lost === 0 ? '' : ` As it is now, it takes ${lost} that it would not take any more.`
  return `Of the last ${plural(alerts.length, 'alert')} it would have taken ${taken.length}.${alone}${left} Receivers are told of an incident once, also if several of its alerts fit.`
}
