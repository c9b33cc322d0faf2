'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ConfirmByName } from '../../components/ConfirmByName.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { rememberChange } from '../policy/ownChange.ts'
import type { Reader } from './readers.ts'

/** Revokes a token. First it says what will stop working. */
export function RevokeReader({
  reader: { id, name },
  onClose,
  onRevoked,
}: {
  reader: Reader
  onClose: () => void
  onRevoked: (change: number) => void
}) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const revoke = useMutation(
    trpc.reader.revoke.mutationOptions({
      onMutate: () => ({ pressedAtMs: Date.now(), title: `${name} is revoked` }),
      onSuccess: async ({ change }, _input, own) => {
        rememberChange(queryClient, { readerChange: change }, own)
        await queryClient.invalidateQueries({ queryKey: trpc.reader.pathKey() })
        onRevoked(change)
      },
    }),
  )
  return (
    <ConfirmByName
      verb="revoke"
      noun="token"
      name={name}
      mutation={revoke}
      onConfirm={() => revoke.mutate({ id, confirm: name })}
      onClose={onClose}
    >
      Within seconds all gateways answer 401 to every dashboard and script that uses this token. This can’t be undone:
      they need another token.
    </ConfirmByName>
  )
}
