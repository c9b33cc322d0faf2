import type { Page } from '../../shared/page.types.ts'
import { platformProcedure, router, signedIn } from '../../trpc.ts'
import type { MaintenancePreview } from '../slo/slo.reads.types.ts'
import { viewerOf } from '../slo/slo.visible.ts'
import {
  type CurrentMaintenance,
  endInput,
  type MaintenanceView,
  pastInput,
  planInput,
  windowInput,
} from './maintenance.types.ts'

export const maintenanceRouter = router({
  current: signedIn('slo:read').query(
    ({ ctx }): Promise<CurrentMaintenance> => ctx.services.maintenance.current(viewerOf(ctx.caller.held)),
  ),

  past: signedIn('slo:read')
    .input(pastInput)
    .query(
      ({ ctx, input }): Promise<Page<MaintenanceView>> =>
        ctx.services.maintenance.past(viewerOf(ctx.caller.held), input),
    ),

  // Also for who decides about the request.
  preview: platformProcedure('change-request:read')
    .input(windowInput)
    .query(({ ctx, input }): Promise<MaintenancePreview> => ctx.services.maintenance.preview(input)),

  plan: platformProcedure('slo:manage')
    .input(planInput)
    .mutation(
      ({ ctx, input }): Promise<{ changeRequestId: string }> => ctx.services.maintenance.plan(ctx.caller, input),
    ),

  end: platformProcedure('slo:manage')
    .input(endInput)
    .mutation(({ ctx, input }): Promise<{ id: string }> => ctx.services.maintenance.end(ctx.caller, input)),
})
