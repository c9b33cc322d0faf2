'use client'

import { useState } from 'react'
import { useUrlChoice } from '../../lib/url-state.ts'
import { useRequests } from './Approvals.tsx'
import { tabs } from './listInput.ts'
import { RequestDetail } from './RequestDetail.tsx'

/** Beside the list while none is chosen: the first request, so that what waits is in view at once. */
export function FirstRequest() {
  const [tab] = useUrlChoice('tab', tabs)
  return <FirstOf key={tab} />
}

function FirstOf() {
  const first = useRequests().data?.items[0]?.id
  // It stays once decided, though it leaves the list: its propagation is what the person looks at next.
  const [shown, setShown] = useState(first)
  if (shown === undefined && first !== undefined) setShown(first)
  return shown ? <RequestDetail key={shown} id={shown} /> : null
}
