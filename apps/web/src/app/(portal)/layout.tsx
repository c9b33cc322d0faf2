import { HydrationBoundary } from '@tanstack/react-query'
import { cookies, headers } from 'next/headers'
import { redirect } from 'next/navigation'
import type { ReactNode } from 'react'
import { Frame } from '../../frame/Frame.tsx'
import { RefreshWhenRoleLost } from '../../frame/RefreshWhenRoleLost.tsx'
import { SessionRefused } from '../../frame/SessionRefused.tsx'
import { Unreachable } from '../../frame/Unreachable.tsx'
import { UntilRolesKnown } from '../../frame/UntilRolesKnown.tsx'
import { signInPath, wantedHeader } from '../../lib/auth/signInPath.ts'
import { MeProvider } from '../../lib/me.tsx'
import { lastTenantCookie, navCollapsedCookie } from '../../lib/preferences.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { Scope } from '../../lib/trpc/Scope.tsx'
import { prefetched, whoIsSignedIn } from '../../lib/trpc/server.ts'

export default async function PortalLayout({ children }: { children: ReactNode }) {
  const [asked, state] = await Promise.all([
    whoIsSignedIn(),
    prefetched(
      null,
      (trpc) => [trpc.session.changes.queryOptions()],
      (trpc) => [trpc.usage.freshness.queryOptions(undefined, { trpc: alone })],
    ),
  ])
  if ('fault' in asked) {
    if (asked.fault.code === 'sign-in-needed')
      redirect(signInPath((await headers()).get(wantedHeader) ?? '/', 'session'))
    if (asked.fault.code === 'token-refused') return <SessionRefused fault={asked.fault} />
    return <Unreachable fault={asked.fault} />
  }
  const jar = await cookies()
  return (
    <MeProvider me={asked.me}>
      <Scope tenantId={null}>
        <HydrationBoundary state={state}>
          <Frame
            startCollapsed={jar.get(navCollapsedCookie)?.value === 'collapsed'}
            lastTenantId={jar.get(lastTenantCookie)?.value ?? null}
          >
            <RefreshWhenRoleLost />
            <UntilRolesKnown>{children}</UntilRolesKnown>
          </Frame>
        </HydrationBoundary>
      </Scope>
    </MeProvider>
  )
}
