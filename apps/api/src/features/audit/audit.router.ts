import type { Page } from '../../shared/page.types.ts'
import { platformProcedure, router } from '../../trpc.ts'
import {
  type AuditEventView,
  type AuditExport,
  type ChainView,
  exportInput,
  listInput,
  verifyInput,
} from './audit.types.ts'

export const auditRouter = router({
  list: platformProcedure('audit:read')
    .input(listInput)
    .query(({ ctx, input }): Promise<Page<AuditEventView>> => ctx.services.audit.list(input)),

  actions: platformProcedure('audit:read').query(({ ctx }): Promise<string[]> => ctx.services.audit.actions()),

  verify: platformProcedure('audit:read')
    .input(verifyInput)
    .query(({ ctx, input }): Promise<ChainView> => ctx.services.audit.verify(input)),

  export: platformProcedure('audit:read')
    .input(exportInput)
    .query(({ ctx, input }): Promise<AuditExport> => ctx.services.audit.export(input)),
})
