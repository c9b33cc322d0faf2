'use client'

import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import type { AppRouter } from '@tickwatch/api/router'
import { createTRPCOptionsProxy } from '@trpc/tanstack-react-query'
import { useMemo } from 'react'
import { type ChangeRequest, stateText } from '../features/changeRequest/request.ts'
import { askedText } from '../features/changeRequest/sloRequest.ts'
import { causeText } from '../features/gateway/versions.ts'
import { requestHref } from '../features/quota/editLink.ts'
import { decidedInput } from '../features/quota/inputs.ts'
import { useCan } from '../lib/me.tsx'
import { queryClientOf } from '../lib/queryClient.ts'
import { makeTrpcClient, useTRPC } from '../lib/trpc/client.ts'
import { versionNumber } from './palette.ts'

/** What the palette offers to open. */
export type Find = { id: string; label: string; description: string; href: string }

/** A read may be half a minute old: the page that it opens reads it again. */
const staleTime = 30_000

/** The ids of the gateways, if the person may see them. */
export function useGatewayIds(wanted: boolean): string[] {
  const trpc = useTRPC()
  const enabled = useCan('gateway:read') && wanted
  const { data } = useQuery(trpc.gateway.fleet.queryOptions(undefined, { enabled, staleTime }))
  return enabled ? (data?.gateways.map(({ gatewayId }) => gatewayId) ?? []) : []
}

/** The policy version whose number was typed, if it exists and the person may see it. */
export function useVersion(words: readonly string[]): Find[] {
  const trpc = useTRPC()
  const [number] = useDebouncedValue(versionNumber(words), 200)
  const enabled = useCan('policy:read') && number !== null
  const input = { upTo: number ?? 1, pageSize: 1 }
  const { data } = useQuery(trpc.policy.versions.queryOptions(input, { enabled, staleTime }))
  const version = enabled ? data?.items.find((one) => one.version === number) : undefined
  if (!version) return []
  const [cause] = version.causes
  const { before, tenantId, after } = cause ? causeText(cause) : { before: 'The platform', tenantId: '', after: '' }
  return [
    {
      id: `version v${version.version}`,
      label: `Policy version ${version.version}`,
      description: cause ? `${cause.by.name} ${before} ${tenantId}${after}` : before,
      href: `/gateways?vcursor=${encodeURIComponent(version.cursor)}&vopen=${version.version}#versions`,
    },
  ]
}

/** Requests, newest first: for the platform team all that wait and the last decided ones, for others their tenant's. */
export function useRequestFinds(wanted: boolean, tenantId: string | null): Find[] {
  const trpc = useTRPC()
  const seesAll = useCan('change-request:read')
  const all = { enabled: wanted && seesAll, staleTime }
  const pending = useQuery(trpc.changeRequest.list.queryOptions({ state: 'pending', pageSize: 50 }, all)).data?.items
  const decided = useQuery(trpc.changeRequest.list.queryOptions({ state: 'decided', pageSize: 20 }, all)).data?.items
  const scope = useMemo(() => {
    const queryClient = queryClientOf(tenantId)
    return {
      queryClient,
      trpc: createTRPCOptionsProxy<AppRouter>({ client: makeTrpcClient(tenantId), queryClient }),
    }
  }, [tenantId])
  const own = { enabled: wanted && !seesAll && tenantId !== null, staleTime }
  const quota = useQuery(scope.trpc.quota.current.queryOptions(undefined, own), scope.queryClient).data
  const ownDecided = useQuery(scope.trpc.quota.decided.queryOptions(decidedInput(null), own), scope.queryClient).data
  if (!wanted) return []
  if (seesAll) {
    return [...(pending ?? []), ...(decided ?? [])].map((request) =>
      requestFind(request, request.tenantName, `/approvals/${request.id}`),
    )
  }
  if (!quota || tenantId === null) return []
  return [...quota.pending, ...(ownDecided?.items ?? [])].map((request) =>
    requestFind(request, quota.tenant.name, requestHref(tenantId, '', request.id)),
  )
}

type Request = Pick<ChangeRequest, 'id' | 'by' | 'state' | 'messages' | 'changes' | 'approved'> &
  Partial<Pick<ChangeRequest, 'kind' | 'slo' | 'maintenance' | 'rollout' | 'approvals' | 'approversNeeded'>>

const requestFind = (request: Request, tenantName: string, href: string): Find => ({
  id: `request ${request.id}`,
  label: `Request of ${tenantName}: ${askedText(request)}`,
  description: `${stateText(request).text}; requester: ${request.by.name}`,
  href,
})
