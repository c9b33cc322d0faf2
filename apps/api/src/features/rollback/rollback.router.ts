import { platformProcedure, router } from '../../trpc.ts'
import { previewInput, type RollbackPreview, type RolledBack, runInput } from './rollback.types.ts'

export const rollbackRouter = router({
  preview: platformProcedure('policy:roll-back')
    .input(previewInput)
    .query(({ ctx, input }): Promise<RollbackPreview> => ctx.services.rollback.preview(input.version)),

  run: platformProcedure('policy:roll-back')
    .input(runInput)
    .mutation(({ ctx, input }): Promise<RolledBack> => ctx.services.rollback.run(ctx.caller, input)),
})
