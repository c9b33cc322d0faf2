import { auditLog, type ChangeRequest, type ChangeRequestMessage, changeRequests, jobs, type Tx } from '@tickwatch/db'
import type { Caller } from '../../auth/caller.ts'
import { personEvent, personOf } from '../../shared/auditEvents.ts'
import type { MessageView } from '../changeRequest/changeRequest.types.ts'

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

export const messageViews = ({ messages }: ChangeRequest): MessageView[] =>
  messages.map((message) => ({ ...message, at: message.at.toISOString() }))
