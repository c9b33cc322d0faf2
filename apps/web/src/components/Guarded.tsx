'use client'

import type { Permission } from '@tickwatch/policy'
import type { ReactNode } from 'react'
import { useCan } from '../lib/me.tsx'
import { PageHeader } from './PageHeader.tsx'
import { NoPermission } from './StateView.tsx'

/**
 * Shows a page to people with the permission, and tells the others which role they need. They have no link to the page,
 * but somebody may share its URL with them.
 */
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
