'use client'

import { Button, Group, Modal, Stack } from '@mantine/core'
import { reasonFault } from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { ReasonField } from '../../components/ReasonField.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import classes from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { useReturnFocus } from '../../lib/returnFocus.ts'
import { type Receiver, type Route, type RoutesVersion, routeSentence } from './notifications.ts'
import { RoutesConflict } from './RoutesConflict.tsx'
import { useSetRoutes } from './useSetRoutes.ts'

/** Removes a route. It names what is no longer sent by it. */
export function RemoveRoute({
  route,
  version,
  receivers,
  onClose,
}: {
  route: Route
  version: RoutesVersion
  receivers: readonly Receiver[]
  onClose: () => void
}) {
  useReturnFocus()
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const { form, focusFault } = useFaultFocus()
  const { save, isSaving, error, conflict } = useSetRoutes(version, onClose)
  const again = 'Remove the route'
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (reasonFault(reason)) return focusFault()
    save({ before: route.name, after: null }, reason.trim())
  }
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        <>
          Remove the route <Words text={route.name} long="whole" />?
        </>
      }
      styles={{ title: { fontWeight: 600 } }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form ref={form} onSubmit={submit} noValidate>
        <Stack gap="sm">
          <p className={classes.text}>
            This no longer holds, unless another route says so too:{' '}
            <Words text={routeSentence(route, receivers)} quoted /> What is about incidents that are open still goes to
            those who were told that they opened.
          </p>
          <ReasonField value={reason} onChange={setReason} fault={tried ? reasonFault(reason) : null} />
          {conflict && <RoutesConflict version={conflict} receivers={receivers} again={again} />}
          {error && <ErrorState change error={error} what="Could not remove the route" />}
          <Group gap="xs">
            <Button type="submit" color="red.6" loading={isSaving}>
              {again}
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
