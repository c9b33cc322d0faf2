import { router, signedIn } from '../../trpc.ts'
import {
  type CausesView,
  causesInput,
  getInput,
  listInput,
  type SloHistoryView,
  type SloListView,
  type SloView,
  sloHistoryInput,
  type WhatIfView,
  whatIfInput,
} from './slo.reads.types.ts'
import { viewerOf } from './slo.visible.ts'

/** What everyone who is signed in sees of the SLOs. What each person sees depends on their roles. */
export const sloReadsRouter = router({
  list: signedIn('slo:read')
    .input(listInput)
    .query(({ ctx, input }): Promise<SloListView> => ctx.services.sloReads.list(viewerOf(ctx.caller.held), input)),

  get: signedIn('slo:read')
    .input(getInput)
    .query(({ ctx, input }): Promise<SloView> => ctx.services.sloReads.get(viewerOf(ctx.caller.held), input)),

  history: signedIn('slo:read')
    .input(sloHistoryInput)
    .query(
      ({ ctx, input }): Promise<SloHistoryView> => ctx.services.sloReads.history(viewerOf(ctx.caller.held), input),
    ),

  causes: signedIn('slo:read')
    .input(causesInput)
    .query(({ ctx, input }): Promise<CausesView> => ctx.services.sloReads.causes(viewerOf(ctx.caller.held), input)),

  whatIf: signedIn('slo:read')
    .input(whatIfInput)
    .query(({ ctx, input }): Promise<WhatIfView> => ctx.services.sloReads.whatIf(viewerOf(ctx.caller.held), input)),
})
