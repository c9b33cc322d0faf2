import type { Impact } from '@tickwatch/policy'
import type { Page } from '../../shared/page.types.ts'
import { router, tenantProcedure } from '../../trpc.ts'
import {
  historyInput,
  impactInput,
  messageInput,
  type ProposeResult,
  proposeInput,
  type QuotaRequestView,
  type QuotaRevisionView,
  type QuotaView,
  requestInput,
} from './quota.types.ts'

export const quotaRouter = router({
  current: tenantProcedure('quota:read').query(
    ({ ctx }): Promise<QuotaView> => ctx.services.quota.current(ctx.tenantId),
  ),

  history: tenantProcedure('quota:read')
    .input(historyInput)
    .query(({ ctx, input }): Promise<Page<QuotaRevisionView>> => ctx.services.quota.history(ctx.tenantId, input)),

  request: tenantProcedure('quota:read')
    .input(requestInput)
    .query(({ ctx, input }): Promise<QuotaRequestView> => ctx.services.quota.request(ctx.tenantId, input.id)),

  decided: tenantProcedure('quota:read')
    .input(historyInput)
    .query(({ ctx, input }): Promise<Page<QuotaRequestView>> => ctx.services.quota.decided(ctx.tenantId, input)),

  impact: tenantProcedure('quota:read')
    .input(impactInput)
    .query(({ ctx, input }): Promise<Impact> => ctx.services.quota.impact(ctx.tenantId, input.limits)),

  propose: tenantProcedure('quota:propose')
    .input(proposeInput)
    .mutation(({ ctx, input }): Promise<ProposeResult> => ctx.services.quota.propose(ctx.caller, ctx.tenantId, input)),

  answer: tenantProcedure('quota:propose')
    .input(messageInput)
    .mutation(({ ctx, input }): Promise<{ id: string }> => ctx.services.quota.answer(ctx.caller, ctx.tenantId, input)),

  withdraw: tenantProcedure('quota:propose')
    .input(requestInput)
    .mutation(
      ({ ctx, input }): Promise<{ id: string }> => ctx.services.quota.withdraw(ctx.caller, ctx.tenantId, input.id),
    ),
})
