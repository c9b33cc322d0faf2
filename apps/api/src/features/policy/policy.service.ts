import type { z } from 'zod'
import type { Page } from '../quota/quota.types.ts'
import type { DriftView, PolicyVersionView, PropagationView, RingView, versionsInput } from './policy.types.ts'

export type PolicyService = {
  versions(input: z.output<typeof versionsInput>): Promise<Page<PolicyVersionView>>
  drift(): Promise<DriftView[]>
  rings(): Promise<RingView[]>
  /** @throws not found when the tenant has no such revision. */
  propagation(tenantId: string, revision: number): Promise<PropagationView>
  versionPropagation(version: number): Promise<PropagationView>
  /** The propagation now, and again whenever it moves, until `signal` ends it. */
  propagationLive(tenantId: string, revision: number, signal: AbortSignal): AsyncGenerator<PropagationView>
}
