'use client'

import { Button, Group, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { reasonFault } from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { Link } from '../../components/Link.tsx'
import { Outcome } from '../../components/Outcome.tsx'
import { ReasonField } from '../../components/ReasonField.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import classes from './TenantPanel.module.css'
import { suspendedNow } from './tenantUse.ts'

type Tenant = Outputs['tenant']['get']

function useSettle() {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  return (tenant: Tenant) => {
    queryClient.setQueryData(trpc.tenant.get.queryKey({ id: tenant.id }), tenant)
    return queryClient.invalidateQueries({ queryKey: trpc.tenant.list.pathKey() })
  }
}

const followUp = (
  <>
    The gateways get this with the next policy version, within seconds. Follow it under{' '}
    <Link href="/gateways">Gateways</Link>.
  </>
)

/** Suspends an active tenant, resumes a suspended one. */
export function StatusChange({ tenant }: { tenant: Tenant }) {
  // Keeps the outcome in view after the form changes from suspend to resume, or back.
  const [done, setDone] = useState(false)
  const suspended = tenant.status === 'suspended'
  return (
    <Stack gap="sm">
      {done && (
        <Outcome title={suspended ? `${tenant.id} is suspended` : `${tenant.id} may write again`}>{followUp}</Outcome>
      )}
      {suspended ? (
        <Resume tenant={tenant} onDone={() => setDone(true)} />
      ) : (
        <Suspend tenant={tenant} onDone={() => setDone(true)} />
      )}
    </Stack>
  )
}

/** Stops all writes of a tenant. Asks for its id, because this applies at once. */
function Suspend({ tenant, onDone }: { tenant: Tenant; onDone: () => void }) {
  const trpc = useTRPC()
  const onSuccess = useSettle()
  const [open, setOpen] = useState(false)
  const [confirm, setConfirm] = useState('')
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const suspend = useMutation(
    trpc.tenant.suspend.mutationOptions({
      onSuccess: (suspended) => {
        onDone()
        return onSuccess(suspended)
      },
    }),
  )
  if (!open) {
    return (
      <Stack gap="xs" align="flex-start">
        <p className={classes.text}>
          While it is suspended, the gateways refuse every write of {tenant.id}. Stored samples stay.
        </p>
        <Button variant="default" onClick={() => setOpen(true)}>
          Suspend {tenant.id}…
        </Button>
      </Stack>
    )
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (confirm !== tenant.id || reasonFault(reason)) return
    suspend.mutate({ id: tenant.id, confirm, reason: reason.trim() })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <p className={classes.text}>
          Every write of {tenant.id} gets 403 from all gateways within seconds: {suspendedNow(tenant.samplesPerSecond)}.
          Prometheus senders drop samples after a 403, so these are lost. Stored samples stay, and its people can still
          sign in.
        </p>
        <TextInput
          label={`Type ${tenant.id} to confirm`}
          value={confirm}
          onChange={(event) => setConfirm(event.currentTarget.value)}
          error={tried && confirm !== tenant.id ? `Type the tenant’s id, ${tenant.id}.` : null}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
        />
        <ReasonField value={reason} onChange={setReason} fault={tried ? reasonFault(reason) : null} />
        {suspend.error && <ErrorState change error={suspend.error} what={`Could not suspend ${tenant.id}`} />}
        <Group gap="xs">
          <Button type="submit" color="red.6" loading={suspend.isPending}>
            Suspend {tenant.id}
          </Button>
          <Button variant="default" onClick={() => setOpen(false)}>
            Keep it active
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Lets a suspended tenant write again. */
function Resume({ tenant, onDone }: { tenant: Tenant; onDone: () => void }) {
  const trpc = useTRPC()
  const onSuccess = useSettle()
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const resume = useMutation(
    trpc.tenant.resume.mutationOptions({
      onSuccess: (resumed) => {
        onDone()
        return onSuccess(resumed)
      },
    }),
  )
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!reasonFault(reason)) resume.mutate({ id: tenant.id, reason: reason.trim() })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <p className={classes.text}>
          Every write of {tenant.id} gets 403. After you resume it, it can write again within seconds, with its old
          limits.
        </p>
        <ReasonField value={reason} onChange={setReason} fault={tried ? reasonFault(reason) : null} />
        {resume.error && <ErrorState change error={resume.error} what={`Could not resume ${tenant.id}`} />}
        <Group>
          <Button type="submit" loading={resume.isPending}>
            Resume {tenant.id}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
