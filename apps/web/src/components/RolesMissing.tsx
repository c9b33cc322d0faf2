'use client'

import { useMe } from '../lib/me.tsx'
import { Words } from './Words.tsx'

/** Says why roles given to the person's groups or e-mail address do not apply. Empty if they apply. */
export function RolesMissing({ className }: { className: string | undefined }) {
  const { unverifiedEmail, groupsLeftOut } = useMe()
  return (
    <>
      {groupsLeftOut && (
        <p className={className}>
          Roles given to your groups do not apply, because you are in so many groups that the sign-in service left them
          out. The platform team can change that (docs/sign-in.md), or give the role to you.
        </p>
      )}
      {unverifiedEmail && (
        <p className={className}>
          Roles given to <Words text={unverifiedEmail} /> do not apply, because the sign-in service does not say that
          this address is verified. The platform team can change that (docs/sign-in.md), or give the role to one of your
          groups.
        </p>
      )}
    </>
  )
}
