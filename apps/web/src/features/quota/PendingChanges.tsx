'use client'

import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useSearchParams } from 'next/navigation'
import { LimitChanges } from '../../components/LimitChanges.tsx'
import { Link } from '../../components/Link.tsx'
import { Section } from '../../components/Section.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { Term } from '../../components/Term.tsx'
import { Time } from '../../components/Time.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { formatDuration } from '../../lib/format.ts'
import { useCan, useMe } from '../../lib/me.tsx'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { editHref, requestHref, revertPatch } from './editLink.ts'
import classes from './QuotasPage.module.css'
import { RequestThread } from './RequestThread.tsx'

type QuotaView = Outputs['quota']['current']

/** Requests that wait for an approver, and boosts that will end. */
export function PendingChanges({ quota, mayEdit }: { quota: QuotaView; mayEdit: boolean }) {
  const count = quota.pending.length + quota.scheduled.length
  return (
    <Section
      title="Pending and scheduled changes"
      sentence={count === 0 ? 'No request waits for an approval, and no boost is running.' : undefined}
    >
      {count > 0 && (
        <ul className={classes.list}>
          {quota.pending.map((request) => (
            <PendingRequest key={request.id} tenantId={quota.tenant.id} request={request} mayEdit={mayEdit} />
          ))}
          {quota.scheduled.map((boost) => (
            <li key={boost.revision} className={classes.entry}>
              <div className={classes.entryWords}>
                <LimitChanges changes={boost.changes.map((c) => ({ ...c, from: c.to, to: c.from }))} />
                <p className={text.quiet}>
                  automatically <Time at={boost.endsAt} />, when the <Term name="boost" /> of change {boost.revision}{' '}
                  ends
                </p>
              </div>
              {mayEdit && (
                <Button
                  component={Link}
                  href={editHref(quota.tenant.id, revertPatch(boost.revision, boost.changes))}
                  scroll={false}
                  size="compact-sm"
                  variant="default"
                >
                  End the boost now
                </Button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

function PendingRequest({
  tenantId,
  request,
  mayEdit,
}: {
  tenantId: string
  request: QuotaView['pending'][number]
  mayEdit: boolean
}) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const me = useMe()
  const search = useSearchParams().toString()
  const seesApprovals = useCan('change-request:read')
  const withdraw = useMutation(
    trpc.quota.withdraw.mutationOptions({
      onSettled: () => queryClient.invalidateQueries(trpc.quota.current.queryFilter()),
    }),
  )
  const mine = request.by.subject === me.subject
  return (
    <li className={classes.entry}>
      <div className={classes.entryWords}>
        <LimitChanges changes={request.changes} />
        <p className={text.quiet}>
          {mine ? 'You' : <Words text={request.by.name} />} asked <Time at={request.createdAt} />:{' '}
          <Words text={request.reason} quoted />. A platform approver decides{mine ? ', but never the requester' : ''}.
          {request.endsAt && (
            <>
              {' '}
              It would end <Time at={request.endsAt} />.
            </>
          )}
          {request.boostSeconds !== null &&
            ` It would last ${formatDuration(request.boostSeconds * 1_000)} from its approval.`}
        </p>
        <RequestThread request={request} mayEdit={mayEdit} />
        {withdraw.error && <ErrorState change error={withdraw.error} what="The request was not withdrawn" />}
      </div>
      <Button
        component={Link}
        href={seesApprovals ? `/approvals/${request.id}` : requestHref(tenantId, search, request.id)}
        scroll={false}
        size="compact-sm"
        variant="default"
      >
        Open the request
      </Button>
      {mine && mayEdit && (
        <Button
          size="compact-sm"
          variant="default"
          loading={withdraw.isPending}
          onClick={() => withdraw.mutate({ id: request.id })}
        >
          Withdraw the request
        </Button>
      )}
    </li>
  )
}
