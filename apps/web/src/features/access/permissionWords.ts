import type { Permission, Role } from '@tickwatch/policy'

/** What each permission lets a person do, as the end of "may …". */
export const permissionWords: Record<Permission, string> = {
  'session:read': 'sign in',
  'session:end': 'sign out',
  'freshness:read': 'see whether the graphs are current',
  'slo:read': 'see the SLOs of the platform',
  'quota:read': 'see a tenant’s limits and their history',
  'quota:propose': 'change a tenant’s limits inside its envelope, request more, and answer questions about that',
  'usage:read': 'see a tenant’s use and refusals',
  'reader:read': 'see which tokens may query a tenant’s metrics',
  'reader:manage': 'create and revoke tokens that query a tenant’s metrics',
  'change-request:read': 'see requests for approval',
  'change-request:decide': 'approve or decline requests of other people, and ask about them',
  'policy:read': 'see policy versions and drift',
  'policy:roll-back': 'roll the whole fleet back to an earlier policy version',
  'propagation:read': 'see which gateways enforce a change',
  'gateway:read': 'see the fleet of gateways',
  'tenant:read': 'see all tenants',
  'tenant:manage': 'create tenants, set envelopes, suspend and resume',
  'access:read': 'see who has which role',
  'access:manage': 'give and remove roles',
  'notification:read': 'see receivers, routes and sent notifications',
  'notification:manage': 'set up and test receivers, set routes, and send messages again',
  'notice:read': 'see notices in the bell',
  'api-token:read': 'see which programs may call the API',
  'api-token:manage': 'create and revoke tokens of programs that call the API',
  'image:read': 'see golden images and what was found in them',
  'image:manage': 'make and end exceptions for vulnerabilities of images',
  'rollout:read': 'see rollouts of images and freeze windows',
  'rollout:manage': 'ask for rollouts, pause, abort and roll them back, and make freeze windows',
  'incident:read': 'see incidents that harm a tenant',
  'incident:manage': 'acknowledge, assign and resolve incidents, and write notes',
  'incident:revert': 'revert a change from the incident that it caused',
  'audit:read': 'read, verify and export the audit log',
  'slo:manage': 'change the platform’s SLOs, or ask for a change that makes one weaker',
}

/** What a role is for, in one sentence. */
export const roleWords: Record<Role, string> = {
  'platform-admin': 'Runs the platform: tenants, envelopes, access, rollbacks of the fleet. Can open every tenant.',
  'platform-approver': 'Decides requests outside an envelope, but never their own.',
  auditor: 'Sees everything, changes nothing.',
  'tenant-admin': 'Changes the limits of one tenant, and manages the tokens that query its metrics.',
  'tenant-viewer': 'Sees the limits and the use of one tenant.',
}
