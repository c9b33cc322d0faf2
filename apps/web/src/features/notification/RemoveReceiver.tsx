'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ConfirmByName } from '../../components/ConfirmByName.tsx'
import { plural } from '../../lib/format.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import type { Receiver } from './notifications.ts'

/** Removes a receiver. First it says what is lost: what waits is never sent. */
export function RemoveReceiver({
  receiver: { id, name, waiting },
  onClose,
}: {
  receiver: Receiver
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const remove = useMutation(
    trpc.notification.remove.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries({ queryKey: trpc.notification.pathKey() })
        onClose()
      },
    }),
  )
  return (
    <ConfirmByName
      verb="remove"
      noun="receiver"
      name={name}
      mutation={remove}
      onConfirm={() => remove.mutate({ id, confirm: name })}
      onClose={onClose}
    >
      Nothing more is sent to it
      {waiting > 0 ? `, also not the ${plural(waiting, 'message')} that ${waiting === 1 ? 'waits' : 'wait'}` : ''}. An
      incident that is open there stays open. This can’t be undone: add it again with its keys.
    </ConfirmByName>
  )
}
