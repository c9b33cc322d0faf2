import type { z } from 'zod'
import type { Caller } from '../../caller.ts'
import type { ChangeRequestDetailView, ChangeRequestPage, decideInput, listInput } from './changeRequest.types.ts'

export type ChangeRequestService = {
  list(caller: Caller, input: z.output<typeof listInput>): Promise<ChangeRequestPage>
  get(caller: Caller, id: string): Promise<ChangeRequestDetailView>
  approve(caller: Caller, input: z.output<typeof decideInput>): Promise<ChangeRequestDetailView>
  decline(caller: Caller, input: z.output<typeof decideInput>): Promise<ChangeRequestDetailView>
  pendingCount(): Promise<number>
}
