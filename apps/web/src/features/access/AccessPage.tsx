'use client'

import { Button, Group, VisuallyHidden } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { SearchField } from '../../components/SearchField.tsx'
import { Section } from '../../components/Section.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { useCan } from '../../lib/me.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { roleName } from '../../lib/words.ts'
import classes from './Access.module.css'
import { type Grant, grantsInput, grantText } from './grants.ts'
import { RoleTable } from './RoleTable.tsx'

// The drawer and the dialog load their code when they are first opened.
const AddGrant = dynamic(() => import('./AddGrant.tsx').then((module) => module.AddGrant), { ssr: false })
const RemoveGrant = dynamic(() => import('./RemoveGrant.tsx').then((module) => module.RemoveGrant), { ssr: false })

const columns: Column<Grant>[] = [
  {
    key: 'subject',
    title: 'Who',
    sort: (g) => g.subject,
    cell: (g) => (
      <>
        <Words text={g.subject} />
        {g.subjectKind === 'group' && <span className={classes.kind}> (group)</span>}
      </>
    ),
  },
  { key: 'role', title: 'Role', cell: (g) => roleName(g.role), sort: (g) => roleName(g.role) },
  {
    key: 'tenantId',
    title: 'Tenant',
    cell: (g) => g.tenantId ?? <span className={classes.kind}>all</span>,
    sort: (g) => g.tenantId,
  },
  { key: 'createdAt', title: 'Given', cell: (g) => <Time at={g.createdAt} />, sort: (g) => Date.parse(g.createdAt) },
  { key: 'createdBy', title: 'By', cell: (g) => <Words text={g.createdBy} /> },
]

/** `/access`: who has which role, and what each role may do. */
export function AccessPage() {
  const trpc = useTRPC()
  const { get, set } = useUrlParams()
  const mayManage = useCan('access:manage')
  const [removing, setRemoving] = useState<Grant | null>(null)
  const search = get('search') ?? ''
  const grants = useQuery(trpc.access.grants.queryOptions(grantsInput(get), { placeholderData: keepPreviousData }))
  // Sort only if all roles fit on one page: a sorted page would look like the order of all pages.
  const whole = !get('cursor') && grants.data?.nextCursor === null
  const shown = whole ? columns : columns.map(({ sort: _, ...column }) => column)
  const withActions: Column<Grant>[] = mayManage
    ? [
        ...shown,
        {
          key: 'remove',
          title: <VisuallyHidden>Action</VisuallyHidden>,
          label: ' ',
          align: 'right',
          cell: (g) => (
            <Button
              size="compact-xs"
              variant="default"
              aria-label={`Remove ${grantText(g)} from ${g.subject}`}
              onClick={() => setRemoving(g)}
            >
              Remove
            </Button>
          ),
        },
      ]
    : shown
  return (
    <>
      <PageHeader
        title="Access"
        sentence={
          mayManage
            ? 'Roles are given to people, or to groups of the identity provider.'
            : 'Roles are given to people, or to groups of the identity provider. Only a platform admin can change them.'
        }
        action={mayManage && <Button onClick={() => set({ new: '1' })}>Give a role</Button>}
      />
      <Group mb="sm">
        <SearchField label="Search roles given" placeholder="Person, group or tenant" />
      </Group>
      <QueryView query={grants} what="the roles given" skeleton={<SkeletonRows rows={8} />}>
        {(page) =>
          page.items.length === 0 ? (
            <EmptyState
              title={search ? `No role matches “${search}”` : 'No role given yet'}
              action={
                search && (
                  <Button size="compact-sm" variant="default" onClick={() => set({ search: null, cursor: null })}>
                    Show all
                  </Button>
                )
              }
            >
              A person without a role sees only whether the graphs are current.
            </EmptyState>
          ) : (
            <DataTable
              label="Roles given"
              columns={withActions}
              rows={page.items}
              rowKey={(g) => g.id}
              nextCursor={page.nextCursor}
            />
          )
        }
      </QueryView>
      <Section title="What each role may do">
        <RoleTable />
      </Section>
      {removing && <RemoveGrant grant={removing} onClose={() => setRemoving(null)} />}
      {get('new') && mayManage && <AddGrant onClose={() => set({ new: null })} />}
    </>
  )
}
