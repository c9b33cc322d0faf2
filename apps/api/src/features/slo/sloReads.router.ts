import type { Caller } from '../../auth/caller.ts'
import { router, signedInOrGuest } from '../../trpc.ts'
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
import { type Viewer, viewerOf as viewerWith } from './slo.visible.ts'

const viewerOf = ({ held, rolesUnknown = false }: Pick<Caller, 'held' | 'rolesUnknown'>): Viewer => ({
  ...viewerWith(held),
  rolesUnknown,
})

/**
 * What everyone who is signed in sees of the SLOs. What each person sees depends on their roles. While Postgres does not
 * answer, everyone sees what a guest sees.
 */
export const sloReadsRouter = router({
  list: signedInOrGuest('slo:read')
    .input(listInput)
    .query(({ ctx, input }): Promise<SloListView> => ctx.services.sloReads.list(viewerOf(ctx.caller), input)),

  get: signedInOrGuest('slo:read')
    .input(getInput)
    .query(({ ctx, input }): Promise<SloView> => ctx.services.sloReads.get(viewerOf(ctx.caller), input)),

  history: signedInOrGuest('slo:read')
    .input(sloHistoryInput)
    .query(({ ctx, input }): Promise<SloHistoryView> => ctx.services.sloReads.history(viewerOf(ctx.caller), input)),

  causes: signedInOrGuest('slo:read')
    .input(causesInput)
    .query(({ ctx, input }): Promise<CausesView> => ctx.services.sloReads.causes(viewerOf(ctx.caller), input)),

  whatIf: signedInOrGuest('slo:read')
    .input(whatIfInput)
    .query(({ ctx, input }): Promise<WhatIfView> => ctx.services.sloReads.whatIf(viewerOf(ctx.caller), input)),
})
