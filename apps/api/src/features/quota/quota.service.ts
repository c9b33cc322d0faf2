import type { Limits } from '@tickwatch/policy'
import type { z } from 'zod'
import type { Caller } from '../../caller.ts'
import type {
  historyInput,
  ImpactView,
  Page,
  ProposeResult,
  proposeInput,
  QuotaRevisionView,
  QuotaView,
} from './quota.types.ts'

export type QuotaService = {
  current(tenantId: string): Promise<QuotaView>
  history(tenantId: string, input: z.output<typeof historyInput>): Promise<Page<QuotaRevisionView>>
  impact(tenantId: string, limits: Limits): Promise<ImpactView>
  propose(caller: Caller, tenantId: string, input: z.output<typeof proposeInput>): Promise<ProposeResult>
  withdraw(caller: Caller, tenantId: string, id: string): Promise<{ id: string }>
}
