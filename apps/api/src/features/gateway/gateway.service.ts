import type { Heartbeat, HeartbeatAnswer } from '@tickwatch/policy'
import type { FleetView, GatewayDetailView } from './gateway.types.ts'

export type GatewayService = {
  fleet(): Promise<FleetView>
  get(gatewayId: string): Promise<GatewayDetailView>
  /** The fleet now, and again whenever a gateway reports (at most once a second), until `signal` ends it. */
  fleetLive(signal: AbortSignal): AsyncGenerator<FleetView>
  heartbeat(gatewayId: string, heartbeat: Heartbeat): Promise<HeartbeatAnswer>
}
