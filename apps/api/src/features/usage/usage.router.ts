import { whileAllowed } from '../../live.ts'
import { platformProcedure, router, signedInOrGuest, tenantProcedure } from '../../trpc.ts'
import { type TrafficView, trafficInput } from './usage.traffic.types.ts'
import {
  type FreshnessView,
  historyInput,
  type PreviewView,
  previewInput,
  type TenantUseView,
  type UsageHistoryView,
  type UsageLiveView,
  type UsageNowView,
} from './usage.types.ts'

export const usageRouter = router({
  now: tenantProcedure('usage:read').query(({ ctx }): Promise<UsageNowView> => ctx.services.usage.now(ctx.tenantId)),

  live: tenantProcedure('usage:read').subscription(
    ({ ctx, signal }): AsyncGenerator<UsageLiveView> =>
      whileAllowed(ctx, signal, (life) => ctx.services.usage.live(ctx.tenantId, life)),
  ),

  history: tenantProcedure('usage:read')
    .input(historyInput)
    .query(({ ctx, input }): Promise<UsageHistoryView> => ctx.services.usage.history(ctx.tenantId, input)),

  preview: tenantProcedure('usage:read')
    .input(previewInput)
    .query(({ ctx, input }): Promise<PreviewView> => ctx.services.usage.preview(ctx.tenantId, input)),

  freshness: signedInOrGuest('freshness:read').query(
    ({ ctx }): Promise<FreshnessView> => ctx.services.usage.freshness(),
  ),

  traffic: platformProcedure('gateway:read')
    .input(trafficInput)
    .query(({ ctx, input }): Promise<TrafficView> => ctx.services.usage.traffic(input)),

  nearLimit: platformProcedure('gateway:read').query(
    ({ ctx }): Promise<TenantUseView[]> => ctx.services.usage.nearLimit(),
  ),
})
