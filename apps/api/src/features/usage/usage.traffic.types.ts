import { idForms } from '@tickwatch/policy'
import { idInput } from '../../shared/inputs.ts'
import type { GatewayStartView } from '../gateway/gateway.types.ts'
import { endsLater, rangeInput, type UsageHistoryView } from './usage.types.ts'

/** Of one gateway, or with null of the fleet. */
export const trafficInput = rangeInput.extend({ gatewayId: idInput(idForms.gateway).nullable() }).refine(...endsLater)

/** What gateways accepted (`used`) and refused of all tenants, in samples per second. */
export type TrafficView = Pick<UsageHistoryView, 'stepSeconds' | 'figures' | 'historyMissing'> & {
  /** As in `UsagePoint`. */
  points: { t: number; used: number | null; refused: number | null }[]
  /** Each reason for which something was refused, the highest first. An unread reason counts requests. */
  byReason: {
    reason: string
    /** For each point, at most; null if nothing was measured. */
    perSecond: (number | null)[]
    highestPerSecond: number
    refusedSeconds: number
  }[]
  /** So many gateways of an older release, at most, ran at the same time. They do not report what is counted here. */
  notCounted: number
  /** The starts of the gateway, or of all, newest first. */
  starts: GatewayStartView[]
  /** When the gateway applied each version, by its clock, newest first. None of the fleet. */
  applied: { version: number; at: string }[]
  /** Starts or versions before this time are left out, because there are too many; null if none are. */
  markedSince: string | null
}
