'use client'

import { Button, Group, Modal, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { reasonFault } from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { ReasonField } from '../../components/ReasonField.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { Words } from '../../components/Words.tsx'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { useMe } from '../../lib/me.tsx'
import { useReturnFocus } from '../../lib/returnFocus.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import classes from './Access.module.css'
import { type Grant, grantText } from './grants.ts'
import { PermissionList } from './PermissionList.tsx'

/** Removes a role. First it says what the person will lose, and asks for their name, because it applies at once. */
export function RemoveGrant({ grant, onClose }: { grant: Grant; onClose: () => void }) {
  useReturnFocus()
  const trpc = useTRPC()
  const me = useMe()
  const queryClient = useQueryClient()
  const remove = useMutation(
    trpc.access.removeGrant.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries({ queryKey: trpc.access.grants.pathKey() })
        onClose()
      },
    }),
  )
  const [confirm, setConfirm] = useState('')
  const [reason, setReason] = useState('')
  const { form, focusFault } = useFaultFocus()
  const [tried, setTried] = useState(false)
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (confirm.trim() !== grant.subject || reasonFault(reason)) return focusFault()
    remove.mutate({ id: grant.id, reason: reason.trim() })
  }
  const subject = <Words text={grant.subject} long="whole" />
  const own = grant.subjectKind === 'person' && (grant.subject === me.email || grant.subject === me.subject)
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        <>
          Remove the role {grantText(grant)} from {subject}?
        </>
      }
      styles={{ title: { fontWeight: 600 } }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form ref={form} className={classes.remove} onSubmit={submit} noValidate>
        <p className={classes.text}>
          From the next request on, {grant.subjectKind === 'group' && 'everyone in the group '}
          {subject} can no longer do this, unless another role allows it:
        </p>
        <PermissionList role={grant.role} />
        {own && <p className={classes.text}>This is your own role. You may lose access to this page.</p>}
        <TextInput
          label={<>Type {subject} to confirm</>}
          value={confirm}
          onChange={(event) => setConfirm(event.currentTarget.value)}
          error={tried && confirm.trim() !== grant.subject ? <>Type {subject}.</> : null}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
        />
        <ReasonField
          value={reason}
          onChange={setReason}
          fault={tried ? reasonFault(reason) : null}
          description="Shown in the audit log."
        />
        {remove.error && <ErrorState change error={remove.error} what="Could not remove the role" />}
        <Group gap="xs">
          <Button type="submit" color="red.6" loading={remove.isPending}>
            Remove the role {grantText(grant)}
          </Button>
          <Button variant="default" onClick={onClose}>
            Keep it
          </Button>
        </Group>
      </form>
    </Modal>
  )
}
