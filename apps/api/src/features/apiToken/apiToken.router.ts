import { platformProcedure, router } from '../../trpc.ts'
import { createInput, revokeInput } from './apiToken.types.ts'

export const apiTokenRouter = router({
  list: platformProcedure('api-token:read').query(({ ctx }) => ctx.services.apiToken.list()),
  create: platformProcedure('api-token:manage')
    .input(createInput)
    .mutation(({ ctx, input }) => ctx.services.apiToken.create(ctx.caller, input)),
  revoke: platformProcedure('api-token:manage')
    .input(revokeInput)
    .mutation(({ ctx, input }) => ctx.services.apiToken.revoke(ctx.caller, input)),
})
