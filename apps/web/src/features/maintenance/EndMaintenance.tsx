'use client'

import { Button, Group, Modal, Stack } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { reasonFault } from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { ReasonField } from '../../components/ReasonField.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { Words } from '../../components/Words.tsx'
import { useReturnFocus } from '../../lib/returnFocus.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import classes from './Maintenance.module.css'
import { aboutWords, type Maintenance } from './maintenance.ts'

/** Ends a window that holds, or cancels one that comes. */
export function EndMaintenance({ window, onClose }: { window: Maintenance; onClose: () => void }) {
  useReturnFocus()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const end = useMutation(
    trpc.maintenance.end.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries({ queryKey: trpc.maintenance.pathKey() })
        onClose()
      },
    }),
  )
  const fault = reasonFault(reason)
  const verb = window.state === 'coming' ? 'Cancel' : 'End'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!fault) end.mutate({ id: window.id, reason: reason.trim() })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        <>
          {verb} the window of <Words text={aboutWords(window)} long="cut" />?
        </>
      }
      styles={{ title: { fontWeight: 600 } }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <p className={classes.text}>
            {window.state === 'coming'
              ? 'It will exclude nothing.'
              : 'What happens from now on counts again. What happened in it so far stays excluded.'}{' '}
            This can’t be undone: another window needs another approval.
          </p>
          <ReasonField
            value={reason}
            onChange={setReason}
            fault={tried ? fault : null}
            description="Shown with the window and in the audit log."
          />
          {end.error && <ErrorState change error={end.error} what="The window was not ended" />}
          <Group gap="xs">
            <Button type="submit" loading={end.isPending}>
              {verb} the window
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
