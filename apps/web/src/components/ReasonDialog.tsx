'use client'

import { Button, Group, Modal, Stack } from '@mantine/core'
import { reasonFault } from '@tickwatch/policy'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useReturnFocus } from '../lib/returnFocus.ts'
import { ReasonField } from './ReasonField.tsx'
import { ErrorState } from './StateView.tsx'
import classes from './text.module.css'

/**
 * The dialog before a change that needs a reason. It says what the change does.
 * @param button the verb and its object: `End the window`
 * @param back the label of the button that changes nothing
 * @param description who reads the reason
 * @param failed what to say if the change fails: `The window was not ended`
 * @param mutation the call that makes the change; `onConfirm` makes it
 * @param children more fields, above the reason
 */
export function ReasonDialog({
  title,
  sentence,
  button,
  back,
  description,
  failed,
  dangerous = false,
  mutation: { isPending, error },
  onConfirm,
  onClose,
  children,
}: {
  title: ReactNode
  sentence: ReactNode
  button: string
  back: string
  description: string
  failed: string
  dangerous?: boolean
  mutation: { isPending: boolean; error: unknown }
  onConfirm: (reason: string) => void
  onClose: () => void
  children?: ReactNode
}) {
  useReturnFocus()
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const fault = reasonFault(reason)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!fault) onConfirm(reason.trim())
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={title}
      styles={{ title: { fontWeight: 600 } }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit} noValidate>
        <Stack gap="sm">
          <p className={classes.text}>{sentence}</p>
          {children}
          <ReasonField value={reason} onChange={setReason} fault={tried ? fault : null} description={description} />
          {error !== null && <ErrorState change error={error} what={failed} />}
          <Group gap="xs">
            <Button type="submit" loading={isPending} {...(dangerous ? { color: 'red.6' } : {})}>
              {button}
            </Button>
            <Button variant="default" onClick={onClose}>
              {back}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  )
}
