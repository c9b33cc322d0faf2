import type { z } from 'zod'
import type { Page } from '../quota/quota.types.ts'
import type { AuditEventView, AuditExport, ChainView, exportInput, listInput, verifyInput } from './audit.types.ts'

export type AuditService = {
  list(input: z.output<typeof listInput>): Promise<Page<AuditEventView>>
  verify(input: z.output<typeof verifyInput>): Promise<ChainView>
  export(input: z.output<typeof exportInput>): Promise<AuditExport>
}
