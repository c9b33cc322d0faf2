'use client'

import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ErrorState } from '../../components/StateView.tsx'
import { useReturnFocus } from '../../lib/returnFocus.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { rememberChange } from '../policy/ownChange.ts'
import classes from './Readers.module.css'
import type { Reader } from './readers.ts'

/** Revokes a token. First it says what will stop working, and asks for the token's name, because it can't be undone. */
export function RevokeReader({
  reader: { id, name },
  onClose,
  onRevoked,
}: {
  reader: Reader
  onClose: () => void
  onRevoked: (change: number) => void
}) {
  useReturnFocus()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [confirm, setConfirm] = useState('')
  const [tried, setTried] = useState(false)
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
            Within seconds all gateways answer 401 to every dashboard and script that uses this token. This can’t be
            undone: they need another token.
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
