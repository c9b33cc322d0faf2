import { router, tenantProcedure } from '../../trpc.ts'
import type { RefusalCausesView } from './refusal.types.ts'

export const refusalRouter = router({
  causes: tenantProcedure('usage:read').query(
    ({ ctx }): Promise<RefusalCausesView> => ctx.services.refusal.causes(ctx.tenantId),
  ),
})
