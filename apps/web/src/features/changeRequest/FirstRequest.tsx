'use client'

import { useMediaQuery } from '@mantine/hooks'
import { useRouter, useSearchParams } from 'next/navigation'
import { useEffect } from 'react'
import { patchedSearch } from '../../lib/urlState.ts'
import { RequestDetail } from './RequestDetail.tsx'
import { useRequests } from './useRequests.ts'

/**
 * Beside the list while none is chosen: the first request, so that what waits is in view at once. Where there is room for
 * both, its own address takes over, so that it stays when the list moves on.
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
