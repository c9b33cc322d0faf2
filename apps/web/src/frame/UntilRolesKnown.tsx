'use client'

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { usePathname, useRouter } from 'next/navigation'
import { type ReactNode, useEffect } from 'react'
import { Link } from '../components/Link.tsx'
import { useMe } from '../lib/me.tsx'
import { useTRPC } from '../lib/trpc/client.ts'
import classes from './Standalone.module.css'

/** These pages show everyone the same without Postgres, and say what is missing. */
const stays = /^\/slos(\/(?!new$)[^/]+)?$/
const askAgainMs = 5_000

/** While Postgres does not answer, nobody knows the roles of a person. Most pages then say so instead of what they show. */
export function UntilRolesKnown({ children }: { children: ReactNode }) {
  const { rolesUnknown } = useMe()
  const pathname = usePathname()
  if (!rolesUnknown) return children
  if (stays.test(pathname)) return <Asking>{children}</Asking>
  return (
    <section className={classes.inFrame}>
      <h1 className={classes.title}>The control plane’s database does not answer</h1>
      <p>
        Until it does, the portal shows only <Link href="/slos">SLOs</Link> and the <Link href="/status">status</Link>,
        and changes nothing. Traffic is not affected: the gateways still enforce the limits that they have.
      </p>
      <Button onClick={() => window.location.reload()}>Try again</Button>
    </section>
  )
}

/** As soon as the roles are known, the frame and the page are rendered for them. */
function Asking({ children }: { children: ReactNode }) {
  const trpc = useTRPC()
  const router = useRouter()
  const { data } = useQuery(trpc.access.me.queryOptions(undefined, { refetchInterval: askAgainMs }))
  const isKnown = data !== undefined && !data.rolesUnknown
  useEffect(() => {
    if (isKnown) router.refresh()
  }, [isKnown, router])
  return children
}
