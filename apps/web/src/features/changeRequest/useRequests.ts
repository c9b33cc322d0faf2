'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { requestsInput } from './listInput.ts'

/** The list of requests for the URL. */
export function useRequests() {
  const trpc = useTRPC()
  const { get } = useUrlParams()
  return useQuery(
    trpc.changeRequest.list.queryOptions(requestsInput(get), {
      placeholderData: keepPreviousData,
      refetchInterval: 5_000,
    }),
  )
}
