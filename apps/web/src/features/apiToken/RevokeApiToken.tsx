'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ConfirmByName } from '../../components/ConfirmByName.tsx'
import { Time } from '../../components/Time.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import type { ApiToken } from './apiTokens.ts'

/** Revokes a token. First it says what will stop working. */
export function RevokeApiToken({ token: { id, name, lastUsedAt }, onClose }: { token: ApiToken; onClose: () => void }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const revoke = useMutation(
    trpc.apiToken.revoke.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries({ queryKey: trpc.apiToken.pathKey() })
        onClose()
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
      From the next request on, the API answers 401 to the program that uses it.{' '}
      {lastUsedAt ? (
        <>
          It was used <Time at={lastUsedAt} />.
        </>
      ) : (
        'It was not used yet.'
      )}{' '}
      This can’t be undone: the program needs another token.
    </ConfirmByName>
  )
}
