import { platformProcedure, router } from '../../trpc.ts'
import {
  approveLessInput,
  askInput,
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

  // Not an option of `approve`: an older API would ignore it, and approve all that was asked.
  approveLess: platformProcedure('change-request:decide')
    .input(approveLessInput)
    .mutation(
      ({ ctx, input }): Promise<ChangeRequestDetailView> => ctx.services.changeRequest.approveLess(ctx.caller, input),
    ),

  ask: platformProcedure('change-request:decide')
    .input(askInput)
    .mutation(({ ctx, input }): Promise<ChangeRequestDetailView> => ctx.services.changeRequest.ask(ctx.caller, input)),

  decline: platformProcedure('change-request:decide')
    .input(decideInput)
    .mutation(
      ({ ctx, input }): Promise<ChangeRequestDetailView> => ctx.services.changeRequest.decline(ctx.caller, input),
    ),
})
