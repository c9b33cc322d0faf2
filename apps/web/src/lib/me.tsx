'use client'

import type { Permission } from '@tickwatch/policy'
import { createContext, type ReactNode, use } from 'react'
import { can, type Me } from './permissions.ts'

const MeContext = createContext<Me | null>(null)

export const MeProvider = ({ me, children }: { me: Me; children: ReactNode }) => (
  <MeContext value={me}>{children}</MeContext>
)

/** The signed-in person. @throws outside the portal's frame. */
export function useMe(): Me {
  const me = use(MeContext)
  if (!me) throw new Error('useMe is for pages inside the frame')
  return me
}

/**
 * Whether the person has a permission; pass `tenantId` for a permission in one tenant. Use it only to decide what to
 * show: the API checks each call again.
 */
export const useCan = (permission: Permission, tenantId?: string): boolean => can(useMe(), permission, tenantId)
