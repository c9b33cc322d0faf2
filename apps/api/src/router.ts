import { accessRouter } from './features/access/access.router.ts'
import { apiTokenRouter } from './features/apiToken/apiToken.router.ts'
import { auditRouter } from './features/audit/audit.router.ts'
import { changeRequestRouter } from './features/changeRequest/changeRequest.router.ts'
import { freezeWindowRouter } from './features/freezeWindow/freezeWindow.router.ts'
import { gatewayRouter } from './features/gateway/gateway.router.ts'
import { imageRouter } from './features/image/image.router.ts'
import { incidentRouter } from './features/incident/incident.router.ts'
import { maintenanceRouter } from './features/maintenance/maintenance.router.ts'
import { noticeRouter } from './features/notice/notice.router.ts'
import { notificationRouter } from './features/notification/notification.router.ts'
import { policyRouter } from './features/policy/policy.router.ts'
import { quotaRouter } from './features/quota/quota.router.ts'
import { readerRouter } from './features/reader/reader.router.ts'
import { refusalRouter } from './features/refusal/refusal.router.ts'
import { rollbackRouter } from './features/rollback/rollback.router.ts'
import { rolloutRouter } from './features/rollout/rollout.router.ts'
import { sessionRouter } from './features/session/session.router.ts'
import { sloRouter } from './features/slo/slo.router.ts'
import { sloReadsRouter } from './features/slo/sloReads.router.ts'
import { statusRouter } from './features/status/status.router.ts'
import { tenantRouter } from './features/tenant/tenant.router.ts'
import { usageRouter } from './features/usage/usage.router.ts'
import { router } from './trpc.ts'

export const appRouter = router({
  access: accessRouter,
  apiToken: apiTokenRouter,
  audit: auditRouter,
  changeRequest: changeRequestRouter,
  freezeWindow: freezeWindowRouter,
  gateway: gatewayRouter,
  image: imageRouter,
  incident: incidentRouter,
  maintenance: maintenanceRouter,
  notice: noticeRouter,
  notification: notificationRouter,
  policy: policyRouter,
  quota: quotaRouter,
  reader: readerRouter,
  refusal: refusalRouter,
  rollback: rollbackRouter,
  rollout: rolloutRouter,
  session: sessionRouter,
  slo: sloRouter,
  sloReads: sloReadsRouter,
  status: statusRouter,
  tenant: tenantRouter,
  usage: usageRouter,
})

/** The only type of the API that the portal imports. */
export type AppRouter = typeof appRouter
