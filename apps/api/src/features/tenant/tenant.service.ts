import type { z } from 'zod'
import type { Caller } from '../../caller.ts'
import type { Page } from '../quota/quota.types.ts'
import type { createInput, listInput, resumeInput, setEnvelopeInput, suspendInput, TenantView } from './tenant.types.ts'

export type TenantService = {
  list(input: z.output<typeof listInput>): Promise<Page<TenantView>>
  get(id: string): Promise<TenantView>
  create(caller: Caller, input: z.output<typeof createInput>): Promise<TenantView>
  suspend(caller: Caller, input: z.output<typeof suspendInput>): Promise<TenantView>
  resume(caller: Caller, input: z.output<typeof resumeInput>): Promise<TenantView>
  setEnvelope(caller: Caller, input: z.output<typeof setEnvelopeInput>): Promise<TenantView>
}
