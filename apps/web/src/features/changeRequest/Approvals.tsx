'use client'

import { Tabs } from '@mantine/core'
import { useParams, useRouter } from 'next/navigation'
import type { ReactNode } from 'react'
import { PageHeader } from '../../components/PageHeader.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { plural } from '../../lib/format.ts'
import { useUrlChoice } from '../../lib/urlState.ts'
import classes from './Approvals.module.css'
import { tabs } from './listInput.ts'
import { RequestList } from './RequestList.tsx'
import type { ChangeRequestPage } from './request.ts'
import { useRequests } from './useRequests.ts'

/** `/approvals`: the requests at the left, the chosen one at the right. A narrow screen shows only one of the two. */
export function Approvals({ children }: { children: ReactNode }) {
  const [tab] = useUrlChoice('tab', tabs)
  const router = useRouter()
  const { id } = useParams<{ id?: string }>()
  const requests = useRequests()
  return (
    <>
      <PageHeader title="Approvals" sentence={requests.data && waiting(requests.data)} />
      <div className={classes.panes} data-chosen={id !== undefined || undefined}>
        <div className={classes.list}>
          <Tabs
            value={tab}
            onChange={(value) =>
              router.push(value === 'decided' ? '/approvals?tab=decided' : '/approvals', { scroll: false })
            }
            keepMounted={false}
          >
            <Tabs.List mb="xs">
              <Tabs.Tab value="pending">Pending</Tabs.Tab>
              <Tabs.Tab value="decided">Decided</Tabs.Tab>
            </Tabs.List>
            <Tabs.Panel value={tab}>
              <QueryView query={requests} what="requests" skeleton={<SkeletonRows rows={4} height={72} />}>
                {(page) =>
                  page.items.length === 0 ? (
                    <NothingHere tab={tab} />
                  ) : (
                    <RequestList page={page} chosenId={id ?? null} />
                  )
                }
              </QueryView>
            </Tabs.Panel>
          </Tabs>
        </div>
        <div className={classes.detail}>{children}</div>
      </div>
    </>
  )
}

const waiting = ({ pendingCount }: ChangeRequestPage) =>
  pendingCount === 0
    ? 'Nothing waits for a decision.'
    : `${plural(pendingCount, 'request')} ${pendingCount === 1 ? 'waits' : 'wait'} for a decision.`

function NothingHere({ tab }: { tab: (typeof tabs)[number] }) {
  if (tab === 'decided') {
    return <EmptyState title="Nothing decided yet">Decided requests appear here with the reason.</EmptyState>
  }
  return (
    <EmptyState title="Nothing waits">
      A request appears here when a tenant asks for a limit outside its envelope, and when the platform team asks for a
      rollout, a maintenance window or a weaker SLO.
    </EmptyState>
  )
}
