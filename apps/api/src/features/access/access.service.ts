import type { z } from 'zod'
import type { Caller } from '../../caller.ts'
import type { Page } from '../quota/quota.types.ts'
import type { GrantView, grantInput, listInput, MeView } from './access.types.ts'

export type AccessService = {
  me(caller: Caller): Promise<MeView>
  /** @returns the tenant's id, once the caller is known to hold a role there. @throws not found otherwise. */
  openTenant(caller: Caller, claimedTenantId: string | null): Promise<string>
  grants(input: z.output<typeof listInput>): Promise<Page<GrantView>>
  addGrant(caller: Caller, input: z.output<typeof grantInput>): Promise<GrantView>
  removeGrant(caller: Caller, id: string): Promise<{ id: string }>
}
