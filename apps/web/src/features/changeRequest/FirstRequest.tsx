'use client'

import { useMediaQuery } from '@mantine/hooks'
import { useRouter, useSearchParams } from 'next/navigation'
import { useEffect } from 'react'
import { patchedSearch } from '../../lib/urlState.ts'
import { RequestDetail } from './RequestDetail.tsx'
import { useRequests } from './useRequests.ts'

/**
 * Shows the first request beside the list until one is chosen, so that a person sees at once what waits. On a wide
 * screen the URL changes to that request, so that it stays when the list changes.
 */
export function FirstRequest() {
  const id = useRequests().data?.items[0]?.id
  const search = useSearchParams().toString()
  const wide = useMediaQuery('(min-width: 901px)')
  const router = useRouter()
  useEffect(() => {
    if (id && wide) router.replace(`/approvals/${id}${patchedSearch(search, {})}`, { scroll: false })
  }, [id, wide, search, router])
  return id ? <RequestDetail key={id} id={id} /> : null
}
