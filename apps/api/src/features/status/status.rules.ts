import { allowedRatio } from '@tickwatch/slo'
import type { Figures } from '../slo/slo.figures.ts'
import type { Firing } from '../slo/slo.snapshot.ts'
import type { Tally } from '../slo/slo.tallies.ts'
import { tenantLabel } from '../slo/slo.visible.ts'
import type { StatusDay, StatusSlo } from './status.types.ts'

/** What is known of an SLO now. No evidence is not good news: without data, or without the alerts, the state is unknown. */
export function stateOf(
  figures: Figures | undefined,
  firing: readonly Firing[] | null,
): Pick<StatusSlo, 'state' | 'since'> & { tenants: string[] } {
  const burns = (firing ?? []).filter(({ severity }) => severity !== 'blind')
  if (burns.length > 0) {
    const tenants = burns.flatMap(({ labels }) => labels[tenantLabel] ?? [])
    const sinceSeconds = Math.min(...burns.map((alert) => alert.sinceSeconds))
    return { state: 'burning', since: isoOf(sinceSeconds), tenants: [...new Set(tenants)].sort() }
  }
  const isBlind = firing === null || firing.length > 0
  if (isBlind || figures === undefined || figures.state === 'blind' || figures.state === 'unmeasured') {
    const last = figures?.lastDataSeconds ?? null
    return { state: 'unknown', since: last === null ? null : isoOf(last), tenants: [] }
  }
  return { state: figures.state === 'withoutTraffic' ? 'idle' : 'good', since: null, tenants: [] }
}

/**
 * A day of an SLO.
 * @param counts its events, and its steps with data
 * @param stepsSoFar how many steps it has until now
 */
export function dayOf(
  startSeconds: number,
  { bad, total, steps }: Pick<Tally, 'bad' | 'total' | 'steps'>,
  objective: number,
  stepsSoFar: number,
): StatusDay {
  const badRatio = total > 0 ? bad / total : null
  return {
    date: isoOf(startSeconds).slice(0, 10),
    badRatio,
    measuredRatio: stepsSoFar === 0 ? 0 : Math.min(1, steps / stepsSoFar),
    state:
      steps === 0
        ? 'withoutData'
        : badRatio === null
          ? 'withoutTraffic'
          : badRatio > allowedRatio(objective)
            ? 'broken'
            : 'kept',
  }
}

const isoOf = (seconds: number) => new Date(seconds * 1_000).toISOString()
