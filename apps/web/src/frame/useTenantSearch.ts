'use client'

import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { useCan, useMe } from '../lib/me.tsx'
import { useTRPC } from '../lib/trpc/client.ts'

/** The person's own tenants that match. `me` has at most 200, so platform roles also search in the API. */
export function useTenantSearch(search: string) {
  const { tenants } = useMe()
  const trpc = useTRPC()
  const maySearch = useCan('tenant:read')
  const [settled] = useDebouncedValue(search.trim(), 200)
  const found = useQuery(
    trpc.tenant.list.queryOptions(
      { search: settled, pageSize: 20 },
      { enabled: maySearch && settled !== '', staleTime: 30_000 },
    ),
  )
  const wanted = search.trim().toLowerCase()
  const near = tenants.filter((t) => t.id.includes(wanted) || t.name.toLowerCase().includes(wanted))
  const others = wanted === '' ? [] : (found.data?.items ?? []).filter((t) => !near.some((n) => n.id === t.id))
  return [...near.slice(0, 50), ...others]
}
