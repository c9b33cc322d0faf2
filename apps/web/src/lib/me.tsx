'use client'

import type { Permission } from '@tickwatch/policy'
import { createContext, type ReactNode, use } from 'react'
import { can, type Me } from './permissions.ts'

const MeContext = createContext<Me | null>(null)

export const MeProvider = ({ me, children }: { me: Me; children: ReactNode }) => (
  <MeContext value={me}>{children}</MeContext>
)

/** Who is signed in. @throws outside the portal's frame. */
export function useMe(): Me {
  const me = use(MeContext)
  if (!me) throw new Error('useMe is for pages inside the frame')
  return me
}

/**
 * Whether the person has a permission, for `tenantId` where the matter is a tenant's. Only for what to show: the API
 * decides by itself.
 */
export const useCan = (permission: Permission, tenantId?: string): boolean => can(useMe(), permission, tenantId)
