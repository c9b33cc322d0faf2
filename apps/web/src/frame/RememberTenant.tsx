'use client'

import { useEffect } from 'react'
import { lastTenantCookie, rememberInCookie } from '../lib/preferences.ts'

/** Remembers the tenant that was opened last, so that the navigation on platform pages still offers it. */
export function RememberTenant({ tenantId }: { tenantId: string }) {
  useEffect(() => rememberInCookie(lastTenantCookie, tenantId), [tenantId])
  return null
}
