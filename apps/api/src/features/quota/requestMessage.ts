import {
  auditLog,
  type ChangeRequest,
  type ChangeRequestMessage,
  changeRequests,
  jobs,
  NotPending,
  type Tx,
} from '@tickwatch/db'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import { notFound } from '../../shared/errors.ts'
import type { MessageView } from '../changeRequest/changeRequest.types.ts'
import { alreadyDecided, nothingAsked, notYours } from './quota.errors.ts'

const verbs = { question: 'ask', answer: 'answer' } as const

/** Adds a question or an answer to a locked request, with its audit event, and notifies live views. */
export async function addMessage(
  tx: Tx,
  caller: Caller,
  asked: ChangeRequest,
  { kind, text }: Pick<ChangeRequestMessage, 'kind' | 'text'>,
): Promise<void> {
  const { id: target, tenantId } = asked
  await changeRequests.addMessage(tx, asked, { kind, by: personOf(caller), at: new Date(), text })
  await jobs.notify(tx, { kind: 'changeRequest', tenantId })
  const event = { action: `changeRequest.${verbs[kind]}`, tenantId, target, after: { [kind]: text } }
  await auditLog.append(tx, personEvent(caller, event))
}

/** Answers the question that waits for an answer. @throws nothing-asked, request-decided, not found */
export async function answerRequest(tx: Tx, caller: Caller, id: string, answer: string): Promise<{ id: string }> {
  const asked = await changeRequests.lockPending(tx, id).catch(orAlreadyDecided)
  if (!asked) throw notFound('change request')
  if (asked.messages.at(-1)?.kind !== 'question') throw nothingAsked()
  await addMessage(tx, caller, asked, { kind: 'answer', text: answer })
  return { id }
}

/** @throws not-your-request, request-decided, not found */
export async function withdrawRequest(tx: Tx, caller: Caller, id: string): Promise<{ id: string }> {
  const asked = await changeRequests.byId(tx, id)
  if (!asked) throw notFound('change request')
  if (asked.by.subject !== caller.subject) throw notYours()
  const { tenantId } = asked
  const decision = { by: personOf(caller), at: new Date(), reason: 'withdrawn', appliedRevision: null }
  await changeRequests.decide(tx, tenantId, id, { state: 'withdrawn', ...decision }).catch(orAlreadyDecided)
  await jobs.notify(tx, { kind: 'changeRequest', tenantId })
  const states = { before: { state: 'pending' }, after: { state: 'withdrawn' } }
  await auditLog.append(tx, personEvent(caller, { action: 'changeRequest.withdraw', tenantId, target: id, ...states }))
  return { id }
}

function orAlreadyDecided(cause: unknown): never {
  throw cause instanceof NotPending ? alreadyDecided(cause) : cause
}

export const messageViews = ({ messages }: ChangeRequest): MessageView[] =>
  messages.map((message) => ({ ...message, at: message.at.toISOString() }))
