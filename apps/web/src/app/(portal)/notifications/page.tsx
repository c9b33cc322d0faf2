import { HydrationBoundary } from '@tanstack/react-query'
import type { Metadata } from 'next'
import { Guarded } from '../../../components/Guarded.tsx'
import { NotificationsPage } from '../../../features/notification/NotificationsPage.tsx'
import { messagesInput } from '../../../features/notification/notifications.ts'
import { readerOf, type SearchParams } from '../../../lib/searchParams.ts'
import { prefetched } from '../../../lib/trpc/server.ts'

export const metadata: Metadata = { title: 'Notifications' }

export default async function Page({ searchParams }: { searchParams: SearchParams }) {
  const get = await readerOf(searchParams)
  const state = await prefetched(null, (trpc) => [
    trpc.notification.receivers.queryOptions(),
    trpc.notification.routes.queryOptions(),
    trpc.notification.messages.queryOptions(messagesInput(get)),
  ])
  return (
    <HydrationBoundary state={state}>
      <Guarded permission="notification:read" title="Notifications" what="receivers, routes and sent notifications">
        <NotificationsPage />
      </Guarded>
    </HydrationBoundary>
  )
}
