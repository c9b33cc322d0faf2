import type { z } from 'zod'
import type {
  FreshnessView,
  historyInput,
  PreviewView,
  previewInput,
  TenantUseView,
  UsageHistoryView,
  UsageLiveView,
  UsageNowView,
} from './usage.types.ts'

export type UsageService = {
  now(tenantId: string): Promise<UsageNowView>
  /** The live figures now, and again with each heartbeat (at most once a second), until `signal` ends it. */
  live(tenantId: string, signal: AbortSignal): AsyncGenerator<UsageLiveView>
  history(tenantId: string, input: z.output<typeof historyInput>): Promise<UsageHistoryView>
  preview(tenantId: string, input: z.output<typeof previewInput>): Promise<PreviewView>
  freshness(): Promise<FreshnessView>
  nearLimit(): Promise<TenantUseView[]>
}
