import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useTyped } from '../../lib/useTyped.ts'
import { MessageForm } from '../changeRequest/MessageForm.tsx'
import { openQuestion } from '../changeRequest/request.ts'
import { Thread } from '../changeRequest/Thread.tsx'
import type { QuotaRequest } from './RequestState.tsx'

/** What approvers asked about a request, the answers, and a form to answer the newest question. */
export function RequestThread({ request, mayEdit }: { request: QuotaRequest; mayEdit: boolean }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const typed = useTyped(`answer ${request.id}`, '')
  const answer = useMutation(
    trpc.quota.answer.mutationOptions({
      onSuccess: typed.forget,
      // After an error too: a colleague may have answered.
      onSettled: () => queryClient.invalidateQueries(trpc.quota.pathFilter()),
    }),
  )
  return (
    <>
      <Thread messages={request.messages} />
      {mayEdit && openQuestion(request) && (
        <MessageForm
          kind="answer"
          description="The approvers see it with the request."
          button="Answer"
          typed={typed}
          sending={answer}
          onSend={(text) => answer.mutate({ id: request.id, answer: text })}
        />
      )}
    </>
  )
}
