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
import classes from './Image.module.css'
import type { Exception } from './images.ts'

/** The dialog that ends an exception before it expires. */
export function EndException({
  imageName,
  exception: { id, vulnerability },
  onClose,
}: {
  imageName: string
  exception: Exception
  onClose: () => void
}) {
  useReturnFocus()
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const end = useMutation(
    trpc.image.endException.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries({ queryKey: trpc.image.pathKey() })
        onClose()
      },
    }),
  )
  const fault = reasonFault(reason)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!fault) end.mutate({ id, reason: reason.trim() })
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        <>
          End the exception for <Words text={vulnerability} long="cut" />?
        </>
      }
      styles={{ title: { fontWeight: 600 } }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <p className={classes.text}>Images {imageName} with this vulnerability may not roll out from now on.</p>
          <ReasonField
            value={reason}
            onChange={setReason}
            fault={tried ? fault : null}
            description="Shown with the exception and in the audit log."
          />
          {end.error && <ErrorState change error={end.error} what="The exception was not ended" />}
          <Group gap="xs">
            <Button type="submit" loading={end.isPending}>
              End the exception
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
