import type { Page } from '../../shared/page.types.ts'
import { platformProcedure, router, signedIn } from '../../trpc.ts'
import {
  answerRequestInput,
  byIdInput,
  type Judgement,
  judgeInput,
  type NamesView,
  namesInput,
  openSloInput,
  type PreviewView,
  type ReadOpenSlo,
  type RuleCount,
  removeInput,
  requestInput,
  type SaveResult,
  type SloDefinitionDetail,
  type SloDefinitionsView,
  type SloVersionView,
  saveInput,
  versionsInput,
} from './slo.types.ts'
import { viewerOf } from './slo.visible.ts'

export const sloRouter = router({
  definitions: signedIn('slo:read').query(
    ({ ctx }): Promise<SloDefinitionsView> => ctx.services.slo.definitions(viewerOf(ctx.caller.held)),
  ),

  ruleCount: signedIn('slo:read').query(({ ctx }): Promise<RuleCount> => ctx.services.slo.ruleCount()),

  definition: signedIn('slo:read')
    .input(byIdInput)
    .query(
      ({ ctx, input }): Promise<SloDefinitionDetail> =>
        ctx.services.slo.definition(viewerOf(ctx.caller.held), input.id),
    ),

  versions: signedIn('slo:read')
    .input(versionsInput)
    .query(
      ({ ctx, input }): Promise<Page<SloVersionView>> => ctx.services.slo.versions(viewerOf(ctx.caller.held), input),
    ),

  exportOpenSlo: signedIn('slo:read')
    .input(byIdInput)
    .query(
      ({ ctx, input }): Promise<{ yaml: string }> =>
        ctx.services.slo.exportOpenSlo(viewerOf(ctx.caller.held), input.id),
    ),

  // Mutations although they change nothing: a definition may be longer than a URL can be.
  judge: platformProcedure('slo:manage')
    .input(judgeInput)
    .mutation(({ ctx, input }): Promise<Judgement> => ctx.services.slo.judge(input.definition)),

  preview: platformProcedure('slo:manage')
    .input(judgeInput)
    .mutation(({ ctx, input }): Promise<PreviewView> => ctx.services.sloPreview.preview(input.definition)),

  names: platformProcedure('slo:manage')
    .input(namesInput)
    .query(({ ctx, input }): Promise<NamesView> => ctx.services.sloNames.names(input)),

  importOpenSlo: platformProcedure('slo:manage')
    .input(openSloInput)
    .mutation(({ ctx, input }): Promise<ReadOpenSlo> => ctx.services.slo.importOpenSlo(input.yaml)),

  save: platformProcedure('slo:manage')
    .input(saveInput)
    .mutation(({ ctx, input }): Promise<SaveResult> => ctx.services.slo.save(ctx.caller, input)),

  remove: platformProcedure('slo:manage')
    .input(removeInput)
    .mutation(({ ctx, input }): Promise<SaveResult> => ctx.services.slo.remove(ctx.caller, input)),

  answer: platformProcedure('slo:manage')
    .input(answerRequestInput)
    .mutation(({ ctx, input }): Promise<{ id: string }> => ctx.services.slo.answer(ctx.caller, input)),

  withdraw: platformProcedure('slo:manage')
    .input(requestInput)
    .mutation(({ ctx, input }): Promise<{ id: string }> => ctx.services.slo.withdraw(ctx.caller, input.id)),
})
