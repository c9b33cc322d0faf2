import type { Page } from '../../shared/page.types.ts'
import { router, tenantProcedure } from '../../trpc.ts'
import {
  type CreatedReader,
  createInput,
  endedInput,
  type ReadersView,
  type ReaderView,
  revokeInput,
} from './reader.types.ts'

export const readerRouter = router({
  list: tenantProcedure('reader:read').query(({ ctx }): Promise<ReadersView> => ctx.services.reader.list(ctx.tenantId)),

  ended: tenantProcedure('reader:read')
    .input(endedInput)
    .query(({ ctx, input }): Promise<Page<ReaderView>> => ctx.services.reader.ended(ctx.tenantId, input)),

  create: tenantProcedure('reader:manage')
    .input(createInput)
    .mutation(({ ctx, input }): Promise<CreatedReader> => ctx.services.reader.create(ctx.caller, ctx.tenantId, input)),

  revoke: tenantProcedure('reader:manage')
    .input(revokeInput)
    .mutation(({ ctx, input }): Promise<ReaderView> => ctx.services.reader.revoke(ctx.caller, ctx.tenantId, input)),
})
