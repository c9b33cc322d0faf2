import { platformProcedure, router } from '../../trpc.ts'
import {
  byIdInput,
  type ChangeRequestDetailView,
  type ChangeRequestPage,
  decideInput,
  listInput,
} from './changeRequest.types.ts'

export const changeRequestRouter = router({
  list: platformProcedure('change-request:read')
    .input(listInput)
    .query(({ ctx, input }): Promise<ChangeRequestPage> => ctx.services.changeRequest.list(ctx.caller, input)),

  get: platformProcedure('change-request:read')
    .input(byIdInput)
    .query(({ ctx, input }): Promise<ChangeRequestDetailView> => ctx.services.changeRequest.get(ctx.caller, input.id)),

  pendingCount: platformProcedure('change-request:read').query(
    ({ ctx }): Promise<number> => ctx.services.changeRequest.pendingCount(),
  ),

  approve: platformProcedure('change-request:decide')
    .input(decideInput)
    .mutation(
      ({ ctx, input }): Promise<ChangeRequestDetailView> => ctx.services.changeRequest.approve(ctx.caller, input),
    ),

  decline: platformProcedure('change-request:decide')
    .input(decideInput)
    .mutation(
      ({ ctx, input }): Promise<ChangeRequestDetailView> => ctx.services.changeRequest.decline(ctx.caller, input),
    ),
})
