'use client'

import type { Permission } from '@tickwatch/policy'
import type { ReactNode } from 'react'
import { useCan } from '../lib/me.tsx'
import { PageHeader } from './PageHeader.tsx'
import { NoPermission } from './StateView.tsx'

/** A page for who may see it; for others what role it takes. Its links are absent for them, but an address can be shared. */
export function Guarded({
  permission,
  title,
  what,
  children,
}: {
  permission: Permission
  title: string
  /** The end of "You may not see …". */
  what: string
  children: ReactNode
}) {
  if (useCan(permission)) return children
  return (
    <>
      <PageHeader title={title} />
      <NoPermission permission={permission} what={what} />
    </>
  )
}
