'use client'

import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ErrorState } from '../../components/StateView.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useTyped } from '../../lib/useTyped.ts'
import { MessageForm } from './MessageForm.tsx'
import type { ChangeRequestDetail } from './request.ts'

/** The form in which a person of the platform answers a question about a change of an SLO. */
export function SloAnswer({ request }: { request: ChangeRequestDetail }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const answer = useTyped(`answer ${request.id}`, '')
  const sending = useMutation(
    trpc.slo.answer.mutationOptions({
      onSuccess: answer.forget,
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.changeRequest.pathKey() }),
    }),
  )
  return (
    <MessageForm
      kind="answer"
      description="The approver sees it with the request."
      button="Send the answer"
      typed={answer}
      sending={sending}
      onSend={(text) => sending.mutate({ id: request.id, answer: text })}
    />
  )
}

/** Lets the requester take back a change of an SLO that waits. */
export function SloWithdraw({ request }: { request: ChangeRequestDetail }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const withdraw = useMutation(
    trpc.slo.withdraw.mutationOptions({
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.changeRequest.pathKey() }),
    }),
  )
  return (
    <>
      {withdraw.error && <ErrorState change error={withdraw.error} what="The request was not withdrawn" />}
      <Button
        size="compact-sm"
        variant="default"
        mt="xs"
        loading={withdraw.isPending}
        onClick={() => withdraw.mutate({ id: request.id })}
      >
        Withdraw the request
      </Button>
    </>
  )
}
