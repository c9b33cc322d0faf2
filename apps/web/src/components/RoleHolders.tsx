'use client'

import { useQuery } from '@tanstack/react-query'
import type { Permission } from '@tickwatch/policy'
import { useTRPC } from '../lib/trpc/client.ts'
import { either } from '../lib/words.ts'

/** Names the people and groups that have a permission, on the platform or in one tenant. Shows nothing until loaded. */
export function RoleHolders({ permission, tenantId }: { permission: Permission; tenantId?: string }) {
  const trpc = useTRPC()
  const { data } = useQuery(
    trpc.access.holders.queryOptions({ permission, ...(tenantId ? { tenantId } : {}) }, { staleTime: 60_000 }),
  )
  if (!data || data.holders.length === 0) return null
  const names = data.holders.map(({ subjectKind, subject }) => (subjectKind === 'group' ? `group ${subject}` : subject))
  return <> Held by {either(data.more ? [...names, 'others'] : names, 'and')}.</>
}
