import { randomUUID } from 'node:crypto'
import { auditLog, changeRequests, jobs, NotFound, type PlatformTx, type RequestSubject } from '@tickwatch/db'
import type { Json } from '@tickwatch/policy'
import { platformTenant } from '@tickwatch/slo'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { noPlatformTenant, tooManyPending } from './changeRequest.errors.ts'
import { approversNeeded } from './changeRequest.rules.ts'

/** An approver reads each of them. */
const pendingMax = 100

/**
 * Asks for a change of the platform that another person must approve.
 * @param about what the change is about, for the audit log
 * @returns the id of the request
 * @throws requests-full, platform-tenant-missing
 */
export async function askPlatform(
  tx: PlatformTx,
  caller: Caller,
  subject: RequestSubject,
  about: Record<string, Json>,
  reason: string,
): Promise<string> {
  if ((await changeRequests.pendingOfKind(tx, subject.kind)).length >= pendingMax) throw tooManyPending(pendingMax)
  const id = randomUUID()
  const asked = {
    ...{ id, tenantId: platformTenant, createdAt: new Date(), by: personOf(caller), reason },
    ...{ subject, approversNeeded: approversNeeded(subject) },
  }
  await changeRequests.createOf(tx, asked).catch((cause: unknown) => {
    throw cause instanceof NotFound ? noPlatformTenant(platformTenant, cause) : cause
  })
  await jobs.notify(tx, { kind: 'changeRequest', tenantId: platformTenant })
  await jobs.enqueue(tx, { task: 'announce', payload: { what: 'requestWaits', id } })
  const after = { ...about, asked: subject.content, sha256: subject.sha256 }
  const event = { action: 'changeRequest.create', tenantId: platformTenant, target: id, after, reason }
  await auditLog.append(tx, personEvent(caller, event))
  return id
}
