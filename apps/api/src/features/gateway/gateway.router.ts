import { whileAllowed } from '../../live.ts'
import { platformProcedure, router } from '../../trpc.ts'
import { byIdInput, type FleetView, type GatewayDetailView, type GatewayStartView } from './gateway.types.ts'

export const gatewayRouter = router({
  fleet: platformProcedure('gateway:read').query(({ ctx }): Promise<FleetView> => ctx.services.gateway.fleet()),

  fleetLive: platformProcedure('gateway:read').subscription(
    ({ ctx, signal }): AsyncGenerator<FleetView> =>
      whileAllowed(ctx, signal, (life) => ctx.services.gateway.fleetLive(life)),
  ),

  starts: platformProcedure('gateway:read').query(
    ({ ctx }): Promise<GatewayStartView[]> => ctx.services.gateway.starts(),
  ),

  get: platformProcedure('gateway:read')
    .input(byIdInput)
    .query(({ ctx, input }): Promise<GatewayDetailView> => ctx.services.gateway.get(input.gatewayId)),
})
