'use client'

import { useRouter } from 'next/navigation'
import { useEffect } from 'react'
import { onRoleLost } from '../lib/roleLost.ts'

/** When a role is removed from a person whose page is open, the frame and the page are rendered for the roles left. */
export function RefreshWhenRoleLost() {
  const router = useRouter()
  useEffect(() => onRoleLost(() => router.refresh()), [router])
  return null
}
