import { auditLog, type ChangeRequest, changeRequests, jobs, type PlatformTx, type RolloutBrief } from '@tickwatch/db'
import { isOver, type State } from '@tickwatch/rollout'
import { systemEvent } from '../../shared/auditEvents.ts'
import { openForRollout } from '../incident/openForRollout.ts'
import type { NotificationQueue } from '../notification/queue.ts'
import type { KnownRollout } from './rollout.stored.ts'

/** As who the job acts. */
const worker = 'rollouts'

/** What else belongs into the transaction in which a rollout starts or ends by itself. */
export async function recordTurn(
  tx: PlatformTx,
  queue: NotificationQueue,
  { id, number, state: before }: Pick<KnownRollout, 'id' | 'number' | 'state'>,
  state: State,
  about: { request: ChangeRequest | null; brief: RolloutBrief | undefined },
  now: Date,
): Promise<void> {
  if (before.phase === state.phase) return
  const { request, brief } = about
  const target = `rollout ${number}`
  if (before.phase === 'waiting' && state.phase === 'expired' && request?.state === 'pending') {
    await closeRequest(tx, request, now)
  }
  if (isOver(state) || before.phase === 'waiting') {
    const action = isOver(state) ? 'rollout.end' : 'rollout.start'
    const after = { rollout: id, phase: state.phase, ...(state.ending ? { why: state.ending.reason } : {}) }
    await auditLog.append(tx, systemEvent(worker, { action, target, before: { phase: before.phase }, after }))
  }
  const isOwnRollback = state.phase === 'rolled back' && state.ending?.by === null
  if (brief && (isOwnRollback || state.phase === 'rollback failed')) {
    await openForRollout(tx, queue, brief, state.phase === 'rolled back' ? 'rolled back' : 'rollback failed', now)
  }
}

/** Nobody decided in time. @throws NotPending if somebody did at the same moment */
async function closeRequest(tx: PlatformTx, { id, tenantId }: ChangeRequest, at: Date): Promise<void> {
  const reason = 'Nobody decided in time, so the request expired.'
  const by = { subject: worker, name: 'Tickwatch' }
  await changeRequests.decide(tx, tenantId, id, { state: 'outdated', by, at, reason, appliedRevision: null })
  await jobs.notify(tx, { kind: 'changeRequest', tenantId })
  await jobs.enqueue(tx, { task: 'announce', payload: { what: 'requestDecided', id } })
  const states = { before: { state: 'pending' }, after: { state: 'outdated' } }
  await auditLog.append(
    tx,
    systemEvent(worker, { action: 'changeRequest.close', tenantId, target: id, ...states, reason }),
  )
}
