'use client'

import { useEffect } from 'react'
import { lastTenantCookie, rememberInCookie } from '../lib/preferences.ts'

/** The navigation of platform pages goes on offering the tenant that was looked at last. */
export function RememberTenant({ tenantId }: { tenantId: string }) {
  useEffect(() => rememberInCookie(lastTenantCookie, tenantId), [tenantId])
  return null
}
