import type { Page } from '../../shared/page.types.ts'
import { platformProcedure, router } from '../../trpc.ts'
import {
  byIdInput,
  createInput,
  listInput,
  resumeInput,
  setEnvelopeInput,
  suspendInput,
  type TenantView,
} from './tenant.types.ts'

export const tenantRouter = router({
  list: platformProcedure('tenant:read')
    .input(listInput)
    .query(({ ctx, input }): Promise<Page<TenantView>> => ctx.services.tenant.list(input)),

  get: platformProcedure('tenant:read')
    .input(byIdInput)
    .query(({ ctx, input }): Promise<TenantView> => ctx.services.tenant.get(input.id)),

  create: platformProcedure('tenant:manage')
    .input(createInput)
    .mutation(({ ctx, input }): Promise<TenantView> => ctx.services.tenant.create(ctx.caller, input)),

  suspend: platformProcedure('tenant:manage')
    .input(suspendInput)
    .mutation(({ ctx, input }): Promise<TenantView> => ctx.services.tenant.suspend(ctx.caller, input)),

  resume: platformProcedure('tenant:manage')
    .input(resumeInput)
    .mutation(({ ctx, input }): Promise<TenantView> => ctx.services.tenant.resume(ctx.caller, input)),

  setEnvelope: platformProcedure('tenant:manage')
    .input(setEnvelopeInput)
    .mutation(({ ctx, input }): Promise<TenantView> => ctx.services.tenant.setEnvelope(ctx.caller, input)),
})
