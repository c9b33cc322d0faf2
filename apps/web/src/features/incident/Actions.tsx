'use client'

import { Button, Group, Switch, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { reasonFault } from '@tickwatch/policy'
import { useState } from 'react'
import { ReasonField } from '../../components/ReasonField.tsx'
import { Section } from '../../components/Section.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { plural } from '../../lib/format.ts'
import { useMe } from '../../lib/me.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useTyped } from '../../lib/useTyped.ts'
import classes from './Incident.module.css'
import type { Detail } from './words.ts'

/** What a person can do with an incident that is not resolved. */
export function Actions({ incident }: { incident: Detail }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const me = useMe()
  const { number } = incident
  const [open, setOpen] = useState<'assign' | 'resolve' | null>(null)
  const settle = {
    onSuccess: () => setOpen(null),
    onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.incident.pathKey() }),
  }
  const acknowledge = useMutation(trpc.incident.acknowledge.mutationOptions(settle))
  const assign = useMutation(trpc.incident.assign.mutationOptions(settle))
  const failed = acknowledge.error ?? assign.error
  return (
    <Section title="Actions">
      <Group gap="xs">
        {incident.state !== 'acknowledged' && (
          <Button loading={acknowledge.isPending} onClick={() => acknowledge.mutate({ number })}>
            Acknowledge the incident
          </Button>
        )}
        {incident.assignee !== me.name && (
          <Button
            variant="default"
            loading={assign.isPending}
            onClick={() => assign.mutate({ number, assignee: me.name })}
          >
            Assign it to me
          </Button>
        )}
        <Button
          variant="default"
          aria-expanded={open === 'assign'}
          onClick={() => setOpen(open === 'assign' ? null : 'assign')}
        >
          Assign it to somebody else
        </Button>
        <Button
          variant="default"
          aria-expanded={open === 'resolve'}
          onClick={() => setOpen(open === 'resolve' ? null : 'resolve')}
        >
          Resolve it by hand
        </Button>
      </Group>
      {open === 'assign' && <AssignForm onAssign={(assignee) => assign.mutate({ number, assignee })} />}
      {open === 'resolve' && <ResolveForm incident={incident} settle={settle} />}
      {failed && <ErrorState change error={failed} what="Could not change the incident" />}
    </Section>
  )
}

function AssignForm({ onAssign }: { onAssign: (name: string | null) => void }) {
  const [name, setName] = useState('')
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        onAssign(name.trim() === '' ? null : name.trim())
      }}
    >
      <TextInput
        label="Name"
        description="Everybody who is told of the incident reads it. Leave it empty if nobody has the incident."
        value={name}
        maxLength={100}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <div>
        <Button type="submit">{name.trim() === '' ? 'Assign it to nobody' : 'Assign it'}</Button>
      </div>
    </form>
  )
}

function ResolveForm({
  incident: { number, alertsFiring },
  settle,
}: {
  incident: Detail
  settle: { onSuccess: () => void; onSettled: () => Promise<void> }
}) {
  const trpc = useTRPC()
  const resolve = useMutation(trpc.incident.resolve.mutationOptions(settle))
  const reason = useTyped(`resolve ${number}`, '')
  const [evenIfFiring, setEvenIfFiring] = useState(false)
  const [tried, setTried] = useState(false)
  const fault = reasonFault(reason.value)
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (!fault) resolve.mutate({ number, reason: reason.value.trim(), evenIfFiring })
      }}
    >
      {alertsFiring > 0 && (
        <Switch
          label={`${plural(alertsFiring, 'alert')} still ${alertsFiring === 1 ? 'fires' : 'fire'}. Resolve it anyway`}
          description="For alerts whose end nobody will report. An alert that begins to fire again within 30 min opens the incident again."
          checked={evenIfFiring}
          onChange={(event) => setEvenIfFiring(event.currentTarget.checked)}
        />
      )}
      <ReasonField
        value={reason.value}
        onChange={reason.type}
        fault={tried ? fault : null}
        description="Everybody who was told of the incident gets it, and the timeline and the audit log show it."
      />
      {resolve.error && (
        <ErrorState
          change
          error={resolve.error}
          what="Could not resolve the incident"
          lost="What you entered is still here."
        />
      )}
      <div>
        <Button type="submit" loading={resolve.isPending}>
          Resolve the incident
        </Button>
      </div>
    </form>
  )
}
