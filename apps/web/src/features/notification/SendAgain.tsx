'use client'

import { Button, Group, Modal, Stack } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ErrorState } from '../../components/StateView.tsx'
import classes from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { useReturnFocus } from '../../lib/returnFocus.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import type { Message } from './notifications.ts'

/** Sends a message again, after saying what that may do at the receiver. */
export function SendAgain({ message, onClose }: { message: Message; onClose: () => void }) {
  useReturnFocus()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const send = useMutation(
    trpc.notification.sendAgain.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries({ queryKey: trpc.notification.pathKey() })
        onClose()
      },
    }),
  )
  const { title, receiver, state, lastAnswer } = message
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Send it again to ${receiver.name}?`}
      styles={{ title: { fontWeight: 600 } }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack gap="sm">
        <p className={classes.text}>
          <Words text={title} quoted />{' '}
          {state === 'unknown'
            ? 'may have arrived: its answer was lost, and this receiver can’t recognise a repetition. Look there first. If it is there, it arrives twice.'
            : 'failed. If the cause is still there, it fails again.'}{' '}
          What followed about the same thing is sent again after it, so that the receiver ends with the newest state.
        </p>
        {lastAnswer && (
          <p className={`${classes.text} ${classes.dimmed}`}>
            Last answer: <Words text={lastAnswer} />
          </p>
        )}
        {send.error && <ErrorState change error={send.error} what="Could not send it again" />}
        <Group gap="xs">
          <Button loading={send.isPending} onClick={() => send.mutate({ id: message.id })} data-autofocus>
            Send it again
          </Button>
          <Button variant="default" onClick={onClose}>
            Leave it
          </Button>
        </Group>
      </Stack>
    </Modal>
  )
}
