'use client'

import { useRequests } from './Approvals.tsx'
import { RequestDetail } from './RequestDetail.tsx'

/** Beside the list while none is chosen: the first request, so that what waits is in view at once. */
export function FirstRequest() {
  const first = useRequests().data?.items[0]
  return first ? <RequestDetail key={first.id} id={first.id} /> : null
}
