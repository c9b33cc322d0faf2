'use client'

import { Autocomplete, Button, Group, Stack, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { charactersMax, idFault, idForms, lengthFault, visibleCharacters } from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { SidePanel } from '../../components/SidePanel.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import classes from './TenantPanel.module.css'

/** The drawer that creates a tenant; `onCreated` opens the new one. */
export function CreateTenant({ onClose, onCreated }: { onClose: () => void; onCreated: (id: string) => void }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [id, setId] = useState('')
  const [name, setName] = useState('')
  const [plan, setPlan] = useState('standard')
  const [tried, setTried] = useState(false)
  const create = useMutation(
    trpc.tenant.create.mutationOptions({
      onSuccess: async (tenant) => {
        queryClient.setQueryData(trpc.tenant.get.queryKey({ id: tenant.id }), tenant)
        await queryClient.invalidateQueries({ queryKey: trpc.tenant.list.pathKey() })
        onCreated(tenant.id)
      },
    }),
  )
  const others = useQuery(trpc.tenant.list.queryOptions({ pageSize: 100 }))
  const plans = [...new Set(others.data?.items.map((tenant) => tenant.plan))].toSorted()
  const faultOfId = idFault(idForms.tenant, id)
  const faultOfName = visibleCharacters(name) ? lengthFault(name, charactersMax.tenantName) : 'Enter a name.'
  const faultOfPlan = visibleCharacters(plan)
    ? lengthFault(plan, charactersMax.tenantPlan)
    : 'Enter a plan, for example standard.'
  const { form, focusFault } = useFaultFocus()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (faultOfId || faultOfName || faultOfPlan) return focusFault()
    create.mutate({ id, name: name.trim(), plan: plan.trim() })
  }
  return (
    <SidePanel title="Create a tenant" onClose={onClose}>
      <form ref={form} onSubmit={submit} noValidate>
        <Stack gap="sm">
          <TextInput
            label="Id"
            description="Used in certificates, metrics and URLs. It cannot be changed later."
            value={id}
            onChange={(event) => setId(event.currentTarget.value)}
            error={tried ? faultOfId : null}
            autoComplete="off"
            spellCheck={false}
            data-autofocus
          />
          <TextInput
            label="Name"
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            error={tried && faultOfName}
          />
          <Autocomplete
            label="Plan"
            description="Approvers see it with each request. Choose one that other tenants have, or enter a new one."
            data={plans}
            value={plan}
            onChange={setPlan}
            error={tried && faultOfPlan}
          />
          <p className={classes.text}>
            It starts with the platform’s default limits and without an envelope. Next, set an envelope, so that the
            tenant can change its limits alone, and give its people a role under Access.
          </p>
          {create.error && (
            <ErrorState
              change
              error={create.error}
              what="Could not create the tenant"
              lost="What you typed is still here."
            />
          )}
          <Group>
            <Button type="submit" loading={create.isPending}>
              Create {faultOfId ? 'the tenant' : id}
            </Button>
          </Group>
        </Stack>
      </form>
    </SidePanel>
  )
}
