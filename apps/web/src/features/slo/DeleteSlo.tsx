'use client'

import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { reasonFault } from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { FoldingSection } from '../../components/FoldingSection.tsx'
import { ReasonField } from '../../components/ReasonField.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import classes from './Slo.module.css'
import type { StoredSlo } from './useSloEdit.ts'

/** Asks for the deletion of an SLO, which another person must approve. */
export function DeleteSlo({
  stored: { id, version },
  onRequested,
}: {
  stored: StoredSlo
  onRequested: (result: Outputs['slo']['remove']) => void
}) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [name, typeName] = useState('')
  const [reason, typeReason] = useState('')
  const [tried, setTried] = useState(false)
  const { form, focusFault } = useFaultFocus()
  const remove = useMutation(
    trpc.slo.remove.mutationOptions({
      onSuccess: onRequested,
      onSettled: () => queryClient.invalidateQueries(trpc.slo.pathFilter()),
    }),
  )
  const faults = { name: name.trim() === id ? null : `Enter ${id}.`, reason: reasonFault(reason) }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (faults.name || faults.reason) return focusFault()
    remove.mutate({ id, baseVersion: version, reason: reason.trim() })
  }
  return (
    <FoldingSection
      id="delete"
      title="Delete"
      sentence="Nothing is measured any more and no alert fires. Versions and the counted events stay. Another person must approve it."
      summary="Needs an approval"
    >
      <form ref={form} onSubmit={submit} noValidate className={classes.fields}>
        <TextInput
          label="The id of the SLO"
          value={name}
          error={tried && faults.name}
          onChange={(event) => typeName(event.currentTarget.value)}
          autoComplete="off"
        />
        <ReasonField
          value={reason}
          onChange={typeReason}
          fault={tried ? faults.reason : null}
          label="Reason of the deletion"
        />
        {remove.error && <ErrorState change error={remove.error} what="The deletion was not requested" />}
        <div className={classes.buttons}>
          <Button type="submit" variant="default" loading={remove.isPending}>
            Ask to delete {id}
          </Button>
        </div>
      </form>
    </FoldingSection>
  )
}
