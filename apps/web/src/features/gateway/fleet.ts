import { behindAfterMs, type GatewayPolicyState } from '@tickwatch/policy'
import type { StatusKind } from '../../components/Status.tsx'
import { formatAge, formatSi, plural } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { either } from '../../lib/words.ts'

export type Fleet = Outputs['gateway']['fleet']
export type Gateway = Fleet['gateways'][number]

/** The version was published a moment ago and has not had the time to reach the gateway. */
const isOnItsWay = (state: GatewayPolicyState, nowMs: number) =>
  state.state === 'behind' && nowMs - state.sinceMs < behindAfterMs

/** A gateway's policy state in words: *in sync*, *1 behind for 12 s*, *refused v127: signature*. */
export function policyStateText(state: GatewayPolicyState, nowMs: number): { kind: StatusKind; text: string } {
  switch (state.state) {
    case 'in-sync':
      return { kind: 'good', text: 'in sync' }
    case 'behind':
      if (isOnItsWay(state, nowMs)) return { kind: 'info', text: 'gets a new version' }
      return { kind: 'warning', text: `${state.versions} behind for ${formatAge(nowMs - state.sinceMs)}` }
    case 'refused':
      return { kind: 'bad', text: `refused v${state.version}: ${state.reason}` }
    case 'unsaved':
      return { kind: 'warning', text: `enforces v${state.version} but can’t save it: ${state.reason}` }
    case 'disagrees':
      return {
        kind: 'bad',
        text: `enforces another policy than its ring’s manifest, for ${formatAge(nowMs - state.sinceMs)}`,
      }
    case 'no-wave':
      return { kind: 'bad', text: 'gets no new policy: its ring is in no wave' }
    case 'away':
      return { kind: 'bad', text: `away for ${formatAge(nowMs - state.sinceMs)}` }
  }
}

/** Whether something is wrong with the fleet. */
export const fleetKind = ({ gateways }: Fleet, nowMs: number): StatusKind => {
  if (gateways.length === 0) return 'warning'
  const states = gateways.map(({ policyState }) => policyState).filter(({ state }) => state !== 'in-sync')
  return states.length === 0 ? 'good' : states.every((state) => isOnItsWay(state, nowMs)) ? 'info' : 'warning'
}

/** No gateway reports, so what arrives now is unknown. */
export const isSilent = ({ samplesPerSecond }: Fleet) => samplesPerSecond === null

/** `['1.2 k samples/s', '30 requests/s']`; nobody knows how many samples the requests held. Empty if nothing is refused. */
export const refusedRates = ({ samples, requests, queries }: NonNullable<Fleet['refusals']>): string[] => [
  ...(samples > 0 ? [formatSi(samples, 'samples/s')] : []),
  ...(requests > 0 ? [formatSi(requests, 'requests/s')] : []),
  ...(queries > 0 ? [formatSi(queries, 'queries/s')] : []),
]

/** The state of the fleet in one sentence: what the gateways enforce, which do not and why, and the traffic. */
export function fleetSentence(fleet: Fleet, nowMs: number): string {
  const { gateways } = fleet
  if (gateways.length === 0) return 'No gateway has reported yet.'
  const traffic = trafficText(fleet)
  const rest = gateways.filter((gateway) => gateway.policyState.state !== 'in-sync')
  const drifting = rest.filter((gateway) => !isOnItsWay(gateway.policyState, nowMs))
  if (rest.length > 0 && drifting.length === 0) {
    const names =
      rest.length > 3
        ? plural(rest.length, 'gateway')
        : either(
            rest.map((g) => g.gatewayId),
            'and',
          )
    return `A new policy version is on its way to ${names}; ${traffic}.`
  }
  if (drifting.length === 0) {
    const versions = [...new Set(gateways.map((gateway) => gateway.appliedVersion ?? 0))]
    const all =
      ['', 'The one gateway enforces', 'Both gateways enforce'][gateways.length] ??
      `All ${gateways.length} gateways enforce`
    const one = versions[0] ? `policy version ${versions[0]}` : 'no policy yet'
    const what = versions.length === 1 ? one : 'the policies of their rings'
    return `${all} ${what}; ${traffic}.`
  }
  const named = drifting
    .slice(0, 3)
    .map((gateway) => `${gateway.gatewayId} is ${reasonText(gateway.policyState, nowMs)}`)
  const more = drifting.length > 3 ? [`${plural(drifting.length - 3, 'other')} too`] : []
  return `${fleet.inSync} of ${plural(gateways.length, 'gateway')} in sync: ${either([...named, ...more], 'and')}; ${traffic}.`
}

function trafficText({ samplesPerSecond, refusals }: Fleet): string {
  if (samplesPerSecond === null || refusals === null) return 'what passes through is unknown'
  const rates = refusedRates(refusals)
  const refused = rates.length > 0 ? `${either(rates, 'and')} are refused` : 'nothing is refused'
  return `${formatSi(samplesPerSecond, 'samples/s')} pass through, ${refused}`
}

function reasonText(state: GatewayPolicyState, nowMs: number): string {
  if (state.state === 'refused') return `refusing v${state.version} (${state.reason})`
  if (state.state === 'unsaved') return `unable to save v${state.version}, which it enforces (${state.reason})`
  if (state.state === 'no-wave') return 'in a ring that is in no wave'
  if (state.state === 'disagrees') return 'enforcing another policy than its ring’s manifest'
  return policyStateText(state, nowMs).text
}
