import type { PlatformRole } from '@tickwatch/policy'
import type { Caller } from '../auth/caller.ts'

/** A person with one role, for tests that call a service directly. */
export const callerOf = (subject: string, role: PlatformRole): Caller => ({
  ...{ subject, name: subject, email: null, unverifiedEmail: null, groupsLeftOut: false, sessionId: null },
  ...{ held: [{ role, tenantId: null }], expiresAtMs: Number.MAX_SAFE_INTEGER, requestId: 'test', source: null },
})
