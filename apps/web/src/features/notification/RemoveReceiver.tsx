'use client'

import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ErrorState } from '../../components/StateView.tsx'
import { plural } from '../../lib/format.ts'
import { useReturnFocus } from '../../lib/returnFocus.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import classes from './Notifications.module.css'
import type { Receiver } from './notifications.ts'

/** Removes a receiver. First it says what is lost, and asks for its name, because what waits is never sent. */
export function RemoveReceiver({
  receiver: { id, name, waiting },
  onClose,
}: {
  receiver: Receiver
  onClose: () => void
}) {
  useReturnFocus()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [confirm, setConfirm] = useState('')
  const [tried, setTried] = useState(false)
  const remove = useMutation(
    trpc.notification.remove.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries({ queryKey: trpc.notification.pathKey() })
        onClose()
      },
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (confirm === name) remove.mutate({ id, confirm })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Remove ${name}?`}
      styles={{ title: { fontWeight: 600 } }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <p className={classes.text}>
            Nothing more is sent to it
            {waiting > 0 ? `, also not the ${plural(waiting, 'message')} that ${waiting === 1 ? 'waits' : 'wait'}` : ''}
            . An incident that is open there stays open. This can’t be undone: add it again with its keys.
          </p>
          <TextInput
            label={`Type ${name} to confirm`}
            value={confirm}
            onChange={(event) => setConfirm(event.currentTarget.value)}
            error={tried && confirm !== name ? `Type the receiver’s name, ${name}.` : null}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
          {remove.error && <ErrorState change error={remove.error} what={`Could not remove ${name}`} />}
          <Group gap="xs">
            <Button type="submit" color="red.6" loading={remove.isPending}>
              Remove {name}
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
