import type { Page } from '../../shared/page.types.ts'
import { platformProcedure, router } from '../../trpc.ts'
import { createInput, endInput, type FreezeView, listInput } from './freezeWindow.types.ts'

const read = platformProcedure('rollout:read')
const manage = platformProcedure('rollout:manage')

export const freezeWindowRouter = router({
  list: read
    .input(listInput)
    .query(({ ctx, input }): Promise<Page<FreezeView>> => ctx.services.freezeWindow.list(input)),

  current: read.query(({ ctx }): Promise<FreezeView[]> => ctx.services.freezeWindow.current()),

  create: manage
    .input(createInput)
    .mutation(({ ctx, input }): Promise<{ id: string }> => ctx.services.freezeWindow.create(ctx.caller, input)),

  end: manage
    .input(endInput)
    .mutation(({ ctx, input }): Promise<{ id: string }> => ctx.services.freezeWindow.end(ctx.caller, input)),
})
