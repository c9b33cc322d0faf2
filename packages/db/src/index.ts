export type { Alert, AlertEnd, AlertReceipt, AlertStatus } from './alert.repository.ts'
export * as alerts from './alert.repository.ts'
export type { NewApiToken, StoredApiToken } from './apiToken.repository.ts'
export * as apiTokens from './apiToken.repository.ts'
export type { Attestation } from './attestation.repository.ts'
export * as attestations from './attestation.repository.ts'
export type { AuditEvent, AuditListRequest, StoredAuditEvent } from './audit.repository.ts'
export * as auditLog from './audit.repository.ts'
export {
  type AuditFault,
  type AuditLink,
  type AuditRow,
  auditGenesis,
  auditHash,
  followAuditChain,
} from './auditChain.ts'
export type { ChangeTimes, MadeChanges } from './change.repository.ts'
export * as changes from './change.repository.ts'
export type {
  ChangeRequest,
  ChangeRequestApproval,
  ChangeRequestListRequest,
  ChangeRequestMessage,
  ChangeRequestState,
  Decision,
  NewChangeRequest,
  RequestSubject,
} from './changeRequest.repository.ts'
export * as changeRequests from './changeRequest.repository.ts'
export { type Database, type DatabaseUrls, openDatabase, tenantTransactionsMax } from './database.ts'
export * from './errors.ts'
export type { FreezeWindow } from './freezeWindow.repository.ts'
export * as freezeWindows from './freezeWindow.repository.ts'
export type { Gateway, Heartbeat, HeartbeatOutcome, LiveDemands } from './gateway.repository.ts'
export * as gateways from './gateway.repository.ts'
export type { GatewayStart } from './gatewayStart.repository.ts'
export * as gatewayStarts from './gatewayStart.repository.ts'
export type { TenantOnGateway } from './gatewayTenant.repository.ts'
export * as gatewayTenants from './gatewayTenant.repository.ts'
export type { Grant, GrantListRequest } from './grant.repository.ts'
export * as grants from './grant.repository.ts'
export type {
  ImageVulnerability,
  NewImage,
  ObservedAmi,
  Package,
  ReportKind,
  Severity,
  StoredAmi,
  StoredImage,
} from './image.repository.ts'
export * as images from './image.repository.ts'
export type { ImageException } from './imageException.repository.ts'
export * as imageExceptions from './imageException.repository.ts'
export type {
  AlertSeverity,
  Incident,
  IncidentEvent,
  IncidentEventKind,
  IncidentListRequest,
  IncidentOfTenant,
  IncidentState,
  StoredIncident,
  StoredIncidentEvent,
  Suspect,
  UnsettledIncident,
} from './incident.repository.ts'
export * as incidents from './incident.repository.ts'
export type { IncidentSpans } from './incidentSpans.repository.ts'
export * as incidentSpans from './incidentSpans.repository.ts'
export type { IncidentStatus } from './incidentStatus.repository.ts'
export * as incidentStatus from './incidentStatus.repository.ts'
export * as incidentTenants from './incidentTenant.repository.ts'
export type { Change, Job } from './job.repository.ts'
export * as jobs from './job.repository.ts'
export { openJobPool } from './jobPool.ts'
export { jobTasks, type TaskName } from './jobTasks.ts'
export type { Person, Refusals } from './json.ts'
export { envelopeOf } from './json.ts'
export type { LeaseKey } from './lease.repository.ts'
export * as leases from './lease.repository.ts'
export type { Exclusion, MaintenanceWindow } from './maintenance.repository.ts'
export * as maintenance from './maintenance.repository.ts'
export { MigrationError, migrate } from './migrate/migrate.ts'
export type { RolePasswords } from './migrate/roles.ts'
export type { NewNotice, Notice, NoticeCondition } from './notice.repository.ts'
export * as notices from './notice.repository.ts'
export type {
  Backlog,
  DeliveredState,
  NewMessage,
  OutboxEvent,
  OutboxMessage,
  OutboxState,
  RecentThreads,
} from './outbox.repository.ts'
export * as outbox from './outbox.repository.ts'
export type { BatchGroup, OutboxBatch } from './outboxBatch.repository.ts'
export * as outboxBatches from './outboxBatch.repository.ts'
export type { Page, PageRequest } from './page.ts'
export type {
  GatewayProgress,
  NewPolicyVersion,
  PendingCause,
  PolicyCause,
  PolicySource,
  PolicyVersion,
  PolicyVersionPatch,
  PolicyVersionProgress,
  PolicyVersionState,
  PolicyVersionSummary,
  RingDesire,
  RingProgress,
  RingState,
  VersionWave,
} from './policyVersions.ts'
export * as policyVersions from './policyVersions.ts'
export type { Boost, NewQuotaRevision, QuotaHead, QuotaRevision } from './quota.repository.ts'
export * as quotas from './quota.repository.ts'
export type { NewReaderToken, ReaderTokenChange, StoredReaderToken } from './readerToken.repository.ts'
export * as readerTokens from './readerToken.repository.ts'
export type { Receiver, ReceiverKind, RoutesVersion } from './receiver.repository.ts'
export * as receivers from './receiver.repository.ts'
export * as refusalCauses from './refusalCauses.repository.ts'
export type {
  NewRollout,
  RolloutAdvance,
  RolloutBrief,
  StoredRollout,
  StoredRolloutEvent,
  StoredVerdict,
} from './rollout.repository.ts'
export * as rollouts from './rollout.repository.ts'
export type { RuleNamespace } from './ruleNamespace.repository.ts'
export * as ruleNamespaces from './ruleNamespace.repository.ts'
export * as sessions from './session.repository.ts'
export * as slos from './slo.repository.ts'
export {
  definitionJson,
  type NewSloVersion,
  type SloVersion,
  type StoredSlo,
  sloDefinitions,
} from './slo.repository.ts'
export type { SloRecount, SloRecounts } from './sloRecount.repository.ts'
export * as sloRecounts from './sloRecount.repository.ts'
export type { Tenant, TenantAct, TenantListRequest, TenantListRow, TenantSort } from './tenant.repository.ts'
export * as tenants from './tenant.repository.ts'
export type { PlatformTx, TenantTx, Tx, WorkerTx } from './transaction.ts'
export type { NearLimit, RefusedUncounted, TenantUse } from './usage.repository.ts'
export * as usage from './usage.repository.ts'
