'use client'

import { useQuery } from '@tanstack/react-query'
import type { Permission } from '@tickwatch/policy'
import { Fragment } from 'react'
import { useTRPC } from '../lib/trpc/client.ts'
import { Words } from './Words.tsx'

/** Names the people and groups that have a permission, on the platform or in one tenant. Shows nothing until loaded. */
export function RoleHolders({ permission, tenantId }: { permission: Permission; tenantId?: string }) {
  const trpc = useTRPC()
  const { data } = useQuery(
    trpc.access.holders.queryOptions({ permission, ...(tenantId ? { tenantId } : {}) }, { staleTime: 60_000 }),
  )
  if (!data || data.holders.length === 0) return null
  const last = data.more ? -1 : data.holders.length - 1
  return (
    <>
      {' '}
      Held by{' '}
      {data.holders.map(({ subjectKind, subject }, index) => (
        <Fragment key={`${subjectKind} ${subject}`}>
          {index > 0 && (index === last ? ' and ' : ', ')}
          {subjectKind === 'group' && 'group '}
          <Words text={subject} />
        </Fragment>
      ))}
      {data.more && ' and others'}.
    </>
  )
}
