'use client'

import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from '../../components/Link.tsx'
import { useCan } from '../../lib/me.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useTyped } from '../../lib/useTyped.ts'
import { requestHref } from '../quota/editLink.ts'
import classes from './Approvals.module.css'
import { MessageForm } from './MessageForm.tsx'
import { type ChangeRequestDetail, openQuestion } from './request.ts'
import { SloAnswer } from './SloAnswer.tsx'
import { Thread } from './Thread.tsx'

/** What approvers asked about a request, what the tenant answered, and a form for who may decide it. */
export function Questions({ request }: { request: ChangeRequestDetail }) {
  const mayAsk = request.state === 'pending' && request.mayNotDecide === null
  const mayAnswer = useCan('quota:propose', request.tenantId)
  const isQuota = request.kind === 'quota'
  const mayAnswerSlo = useCan('slo:manage')
  if (!mayAsk && request.messages.length === 0) return null
  return (
    <section>
      <h3 className={classes.heading}>Questions</h3>
      {request.messages.length === 0 && (
        <p className={classes.dim}>
          You can ask {isQuota ? request.tenantId : 'the requester'} something before you decide.
        </p>
      )}
      <Thread messages={request.messages} />
      {mayAsk ? (
        <Ask request={request} />
      ) : (
        isQuota &&
        mayAnswer &&
        openQuestion(request) && (
          <Link href={requestHref(request.tenantId, '', request.id)}>
            Answer on the Quotas page of {request.tenantId}
          </Link>
        )
      )}
      {!isQuota && mayAnswerSlo && openQuestion(request) && <SloAnswer request={request} />}
    </section>
  )
}

function Ask({ request }: { request: ChangeRequestDetail }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const question = useTyped(`question ${request.id}`, '')
  const [opened, setOpened] = useState(question.value !== '')
  const ask = useMutation(
    trpc.changeRequest.ask.mutationOptions({
      onSuccess: (asked) => {
        question.forget()
        setOpened(false)
        queryClient.setQueryData(trpc.changeRequest.get.queryKey({ id: request.id }), asked)
      },
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.changeRequest.pathKey() }),
    }),
  )
  if (!opened) {
    return (
      <Button size="compact-sm" variant="default" mt="xs" onClick={() => setOpened(true)}>
        Ask a question
      </Button>
    )
  }
  return (
    <MessageForm
      kind="question"
      description={`${request.kind === 'quota' ? `The people of ${request.tenantId} see` : 'The requester sees'} it with the request. Only a decision ends the request.`}
      button="Send the question"
      typed={question}
      sending={ask}
      onSend={(text) => ask.mutate({ id: request.id, question: text })}
    />
  )
}
