'use client'

import { Button, Group, SegmentedControl, Select, Stack, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import {
  charactersMax,
  emailFault,
  isTenantRole,
  lengthFault,
  platformRoles,
  type Role,
  reasonFault,
  tenantRoles,
  visibleCharacters,
} from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { Outcome } from '../../components/Outcome.tsx'
import { ReasonField } from '../../components/ReasonField.tsx'
import { SidePanel } from '../../components/SidePanel.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { Words } from '../../components/Words.tsx'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { roleName } from '../../lib/words.ts'
import classes from './Access.module.css'
import { grantText } from './grants.ts'
import { PermissionList } from './PermissionList.tsx'
import { roleWords } from './permissionWords.ts'

/** The drawer that gives a role to a person or a group. */
export function AddGrant({ onClose }: { onClose: () => void }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [subjectKind, setSubjectKind] = useState<'person' | 'group'>('person')
  const [subject, setSubject] = useState('')
  const [role, setRole] = useState<Role>('tenant-viewer')
  const [tenantId, setTenantId] = useState<string | null>(null)
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const add = useMutation(
    trpc.access.addGrant.mutationOptions({
      onSuccess: () => {
        setSubject('')
        setReason('')
        setTried(false)
        return queryClient.invalidateQueries({ queryKey: trpc.access.grants.pathKey() })
      },
    }),
  )
  const needsTenant = isTenantRole(role)
  const subjectFault =
    lengthFault(subject, charactersMax.grantSubject) ??
    (subjectKind === 'person' ? emailFault(subject) : visibleCharacters(subject) ? null : 'Enter the name of a group.')
  const { form, focusFault } = useFaultFocus()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (subjectFault || reasonFault(reason) || (needsTenant && !tenantId)) return focusFault()
    const grant = { subjectKind, subject: subject.trim(), role, tenantId: needsTenant ? tenantId : null }
    add.mutate({ ...grant, reason: reason.trim() })
  }
  const who = subject.trim() || (subjectKind === 'person' ? 'the person' : 'the group')
  return (
    <SidePanel title="Give a role" onClose={onClose}>
      <form ref={form} onSubmit={submit} noValidate>
        <Stack gap="md">
          <SegmentedControl
            aria-label="To whom"
            data={[
              { value: 'person', label: 'A person' },
              { value: 'group', label: 'A group' },
            ]}
            value={subjectKind}
            onChange={(value) => setSubjectKind(value === 'group' ? 'group' : 'person')}
          />
          <TextInput
            label={subjectKind === 'person' ? 'E-mail address' : 'Group'}
            description={
              subjectKind === 'person'
                ? 'As the identity provider sends it. It counts only if the provider says that it is verified.'
                : 'Its name in the token of the identity provider. Everyone in the group gets the role.'
            }
            value={subject}
            onChange={(event) => setSubject(event.currentTarget.value)}
            error={tried && subjectFault}
            autoComplete="off"
            data-autofocus
          />
          <Select
            label="Role"
            description={roleWords[role]}
            data={[
              { group: 'One tenant', items: tenantRoles.map((value) => ({ value, label: roleName(value) })) },
              { group: 'Platform', items: platformRoles.map((value) => ({ value, label: roleName(value) })) },
            ]}
            value={role}
            onChange={(value) => setRole([...platformRoles, ...tenantRoles].find((one) => one === value) ?? role)}
            allowDeselect={false}
          />
          {needsTenant && <TenantField value={tenantId} onChange={setTenantId} tried={tried} />}
          <ReasonField
            value={reason}
            onChange={setReason}
            fault={tried ? reasonFault(reason) : null}
            description="Shown in the audit log."
          />
          <div>
            <p className={classes.text}>
              From the next request on, <Words text={who} /> can:
            </p>
            <PermissionList role={role} />
          </div>
          {add.error && (
            <ErrorState change error={add.error} what="Could not give the role" lost="What you typed is still here." />
          )}
          <Group>
            <Button type="submit" loading={add.isPending}>
              Give {roleName(role)}
              {needsTenant && tenantId ? ` of ${tenantId}` : ''}
            </Button>
          </Group>
          {add.isSuccess && (
            <Outcome
              title={
                <>
                  <Words text={add.data.subject} long="whole" /> is {grantText(add.data)}
                </>
              }
            >
              <p className={classes.text}>The role applies from the next request on. The audit log shows it.</p>
            </Outcome>
          )}
        </Stack>
      </form>
    </SidePanel>
  )
}

function TenantField({
  value,
  onChange,
  tried,
}: {
  value: string | null
  onChange: (tenantId: string | null) => void
  tried: boolean
}) {
  const trpc = useTRPC()
  const [typed, setTyped] = useState('')
  const [search] = useDebouncedValue(typed, 200)
  const tenants = useQuery(
    trpc.tenant.list.queryOptions(
      { pageSize: 20, ...(search && search !== value ? { search } : {}) },
      { placeholderData: keepPreviousData },
    ),
  )
  return (
    <Select
      label="Tenant"
      placeholder="Search by id or name"
      data={(tenants.data?.items ?? []).map((tenant) => ({ value: tenant.id, label: tenant.id }))}
      value={value}
      onChange={onChange}
      searchValue={typed}
      onSearchChange={setTyped}
      searchable
      nothingFoundMessage={tenants.error ? 'Could not load the tenants.' : 'No tenant matches'}
      error={tried && !value ? 'Choose a tenant.' : null}
    />
  )
}
