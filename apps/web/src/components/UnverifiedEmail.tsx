'use client'

import { useMe } from '../lib/me.tsx'
import { Words } from './Words.tsx'

/** Says why roles given to the person's e-mail address do not apply. Empty if they apply, or without an address. */
export function UnverifiedEmail({ className }: { className: string | undefined }) {
  const { unverifiedEmail } = useMe()
  if (!unverifiedEmail) return null
  return (
    <p className={className}>
      Roles given to <Words text={unverifiedEmail} /> do not apply, because the sign-in service does not say that this
      address is verified. The platform team can change that (docs/sign-in.md), or give the role to one of your groups.
    </p>
  )
}
