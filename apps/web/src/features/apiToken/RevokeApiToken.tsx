'use client'

import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ErrorState } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import { useReturnFocus } from '../../lib/returnFocus.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import classes from './ApiTokens.module.css'
import type { ApiToken } from './apiTokens.ts'

/** Revokes a token. First it says what will stop working, and asks for the token's name, because it can't be undone. */
export function RevokeApiToken({ token: { id, name, lastUsedAt }, onClose }: { token: ApiToken; onClose: () => void }) {
  useReturnFocus()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [confirm, setConfirm] = useState('')
  const [tried, setTried] = useState(false)
  const revoke = useMutation(
    trpc.apiToken.revoke.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries({ queryKey: trpc.apiToken.pathKey() })
        onClose()
      },
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (confirm === name) revoke.mutate({ id, confirm })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Revoke ${name}?`}
      styles={{ title: { fontWeight: 600 } }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <p className={classes.text}>
            From the next request on, the API answers 401 to the program that uses it.{' '}
            {lastUsedAt ? (
              <>
                It was used <Time at={lastUsedAt} />.
              </>
            ) : (
              'It was not used yet.'
            )}{' '}
            This can’t be undone: the program needs another token.
          </p>
          <TextInput
            label={`Type ${name} to confirm`}
            value={confirm}
            onChange={(event) => setConfirm(event.currentTarget.value)}
            error={tried && confirm !== name ? `Type the token’s name, ${name}.` : null}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
          {revoke.error && <ErrorState change error={revoke.error} what={`Could not revoke ${name}`} />}
          <Group gap="xs">
            <Button type="submit" color="red.6" loading={revoke.isPending}>
              Revoke {name}
            </Button>
            <Button variant="default" onClick={onClose}>
              Keep it
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
