'use client'

import { Button, Group, Modal, Stack, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useReturnFocus } from '../lib/returnFocus.ts'
import { capitalised } from '../lib/words.ts'
import { ErrorState } from './StateView.tsx'
import classes from './text.module.css'

/**
 * The dialog before something that can't be undone. It says what is lost, and acts only after its name was typed.
 * @param noun what has the name
 * @param mutation the call that does it; `onConfirm` makes it
 */
export function ConfirmByName({
  verb,
  noun,
  name,
  mutation: { isPending, error },
  onConfirm,
  onClose,
  children,
}: {
  verb: 'revoke' | 'remove'
  noun: string
  name: string
  mutation: { isPending: boolean; error: unknown }
  onConfirm: () => void
  onClose: () => void
  children: ReactNode
}) {
  useReturnFocus()
  const [typed, setTyped] = useState('')
  const [tried, setTried] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (typed === name) onConfirm()
  }
  const action = `${capitalised(verb)} ${name}`
  return (
    <Modal
      opened
      onClose={onClose}
      title={`${action}?`}
      styles={{ title: { fontWeight: 600 } }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form onSubmit={submit}>
        <Stack gap="sm">
          <p className={classes.text}>{children}</p>
          <TextInput
            label={`Type ${name} to confirm`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            error={tried && typed !== name ? `Type the ${noun}’s name, ${name}.` : null}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
          {error !== null && <ErrorState change error={error} what={`Could not ${verb} ${name}`} />}
          <Group gap="xs">
            <Button type="submit" color="red.6" loading={isPending}>
              {action}
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
