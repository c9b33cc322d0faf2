'use client'

import { Button, Group, Select, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { idFault, idForms } from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { SidePanel } from '../../components/SidePanel.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import classes from '../../components/text.module.css'
import { describeFault } from '../../lib/errors.ts'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { draftOf, type ReceiverDraft, settingsOfDraft } from './draft.ts'
import { fieldFaults, kindNames, type Receiver, receiverKinds } from './notifications.ts'
import { ReceiverFields } from './ReceiverFields.tsx'

/**
 * The drawer that adds a receiver, or changes one.
 * @param receiver null for a new one
 */
export function ReceiverForm({
  receiver,
  mailIsSetUp,
  onClose,
}: {
  receiver: Receiver | null
  mailIsSetUp: boolean
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [draft, setDraft] = useState<ReceiverDraft>(() => draftOf(receiver))
  const [tried, setTried] = useState(false)
  const { form, focusFault } = useFaultFocus()
  const onSuccess = async () => {
    await queryClient.invalidateQueries({ queryKey: trpc.notification.pathKey() })
    onClose()
  }
  const onError = focusFault
  const create = useMutation(trpc.notification.create.mutationOptions({ onSuccess, onError }))
  const update = useMutation(trpc.notification.update.mutationOptions({ onSuccess, onError }))
  const { error } = receiver ? update : create
  const faults = fieldFaults(error)
  const nameFault = tried
    ? (idFault(idForms.peer, draft.name) ??
      (error && describeFault(error).code === 'receiver-exists' ? describeFault(error).sentence : null))
    : null
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (idFault(idForms.peer, draft.name)) return focusFault()
    const input = { name: draft.name, settings: settingsOfDraft(draft) }
    if (receiver) update.mutate({ id: receiver.id, ...input })
    else create.mutate(input)
  }
  const change = (patch: Partial<ReceiverDraft>) => setDraft((before) => ({ ...before, ...patch }))
  return (
    <SidePanel title={receiver ? `Change ${receiver.name}` : 'Add a receiver'} onClose={onClose}>
      <form ref={form} onSubmit={submit} noValidate>
        <Stack gap="md">
          <Select
            label="Kind"
            description={receiver ? 'The kind of a receiver can’t change. Add another receiver instead.' : null}
            data={receiverKinds.map((value) => ({ value, label: kindNames[value] }))}
            value={draft.kind}
            onChange={(value) => change({ kind: receiverKinds.find((one) => one === value) ?? draft.kind })}
            allowDeselect={false}
            disabled={receiver !== null}
          />
          <TextInput
            label="Name"
            description="Routes, the audit log and this page show it, such as core-oncall."
            value={draft.name}
            onChange={(event) => change({ name: event.currentTarget.value })}
            error={nameFault}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
          <ReceiverFields draft={draft} onChange={change} faults={faults} receiverId={receiver?.id ?? null} />
          {draft.kind === 'email' && !mailIsSetUp && (
            <p className={classes.text} role="alert">
              No mail server is set up, so mails wait. Set <code>SMTP_URL</code> of the API.
            </p>
          )}
          {error && Object.keys(faults).length === 0 && !nameFault && (
            <ErrorState
              change
              error={error}
              what={receiver ? `Could not change ${receiver.name}` : 'Could not add the receiver'}
              lost="What you typed is still here."
            />
          )}
          <p className={classes.text}>
            {receiver
              ? 'What waits is sent with the new settings at once. Incidents that are open there stay where they are.'
              : 'It gets nothing until a route names it. Send it a test next.'}
          </p>
          <Group>
            <Button type="submit" loading={create.isPending || update.isPending}>
              {receiver
                ? `Save ${receiver.name}`
                : `Add ${idFault(idForms.peer, draft.name) ? 'the receiver' : draft.name}`}
            </Button>
          </Group>
        </Stack>
      </form>
    </SidePanel>
  )
}
