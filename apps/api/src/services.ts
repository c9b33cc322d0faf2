import type { AccessService } from './features/access/access.service.ts'
import type { ApiTokenService } from './features/apiToken/apiToken.service.ts'
import type { AuditService } from './features/audit/audit.service.ts'
import type { ChangeRequestService } from './features/changeRequest/changeRequest.service.ts'
import type { FreezeWindowService } from './features/freezeWindow/freezeWindow.service.ts'
import type { GatewayService } from './features/gateway/gateway.service.ts'
import type { ImageService } from './features/image/image.service.ts'
import type { IncidentService } from './features/incident/incident.service.ts'
import type { MaintenanceService } from './features/maintenance/maintenance.service.ts'
import type { NoticeService } from './features/notice/notice.service.ts'
import type { IncomingService } from './features/notification/incoming/incoming.service.ts'
import type { NotificationService } from './features/notification/notification.service.ts'
import type { OutboxService } from './features/notification/outbox.service.ts'
import type { PolicyService } from './features/policy/policy.service.ts'
import type { ProbeService } from './features/probe/probe.service.ts'
import type { QuotaService } from './features/quota/quota.service.ts'
import type { ReaderService } from './features/reader/reader.service.ts'
import type { RefusalService } from './features/refusal/refusal.service.ts'
import type { RollbackService } from './features/rollback/rollback.service.ts'
import type { RolloutService } from './features/rollout/rollout.service.ts'
import type { SessionService } from './features/session/session.service.ts'
import type { SloNames } from './features/slo/slo.names.ts'
import type { SloPreview } from './features/slo/slo.preview.ts'
import type { SloReads } from './features/slo/slo.reads.ts'
import type { SloService } from './features/slo/slo.service.ts'
import type { StatusService } from './features/status/status.service.ts'
import type { TenantService } from './features/tenant/tenant.service.ts'
import type { UsageService } from './features/usage/usage.service.ts'

/** One service per feature; routers and the machine port delegate to them. */
export type Services = {
  access: AccessService
  apiToken: ApiTokenService
  audit: AuditService
  changeRequest: ChangeRequestService
  freezeWindow: FreezeWindowService
  gateway: GatewayService
  image: ImageService
  incident: IncidentService
  incoming: IncomingService
  maintenance: MaintenanceService
  notice: NoticeService
  notification: NotificationService
  outbox: OutboxService
  policy: PolicyService
  probe: ProbeService
  quota: QuotaService
  reader: ReaderService
  refusal: RefusalService
  rollback: RollbackService
  rollout: RolloutService
  session: SessionService
  slo: SloService
  sloNames: SloNames
  sloPreview: SloPreview
  sloReads: SloReads
  status: StatusService
  tenant: TenantService
  usage: UsageService
}
