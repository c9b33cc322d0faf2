'use client'

import { useQuery } from '@tanstack/react-query'
import { useSearchParams } from 'next/navigation'
import { IconArrowLeft } from '../../components/icons.tsx'
import { Link } from '../../components/Link.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { describeFault } from '../../lib/errors.ts'
import { formatDuration } from '../../lib/format.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { patchedSearch } from '../../lib/urlState.ts'
import classes from './Approvals.module.css'
import { Decision } from './Decision.tsx'
import { Impact } from './Impact.tsx'
import { MaintenanceImpact } from './MaintenanceImpact.tsx'
import { Questions } from './Questions.tsx'
import { RolloutImpact } from './RolloutImpact.tsx'
import { type ChangeRequest, type ChangeRequestDetail, changesText, lessText, stateText } from './request.ts'
import { SloImpact } from './SloImpact.tsx'
import { askedText } from './sloRequest.ts'

/** One request: who asks for what and why, what it would do, and the decision. */
export function RequestDetail({ id }: { id: string }) {
  const trpc = useTRPC()
  const search = useSearchParams().toString()
  const request = useQuery(trpc.changeRequest.get.queryOptions({ id }, { refetchInterval: 5_000 }))
  return (
    <div>
      <Link className={classes.back} href={`/approvals${patchedSearch(search, {})}`}>
        <IconArrowLeft size={15} /> All requests
      </Link>
      {request.error && describeFault(request.error).notFound ? (
        <EmptyState title="Request not found">Check the link: it may be incomplete.</EmptyState>
      ) : (
        <QueryView query={request} what="this request" skeleton={<SkeletonRows rows={9} />}>
          {(data) => <Detail request={data} />}
        </QueryView>
      )}
    </div>
  )
}

function Detail({ request }: { request: ChangeRequestDetail }) {
  const { kind, text } = stateText(request)
  const isQuota = request.kind === 'quota'
  return (
    <article className={classes.article} aria-labelledby="request-title">
      <header>
        <h2 id="request-title" className={classes.title}>
          <Words text={request.tenantName} />: {askedText(request)}
        </h2>
        <p className={classes.meta}>
          <Status kind={kind}>{text}</Status>
          <span>
            asked by <Words text={request.by.name} />, <Time at={request.createdAt} />
          </span>
          {request.boostSeconds !== null && !request.endsAt && (
            <span>a boost, for {formatDuration(request.boostSeconds * 1_000)} from its approval</span>
          )}
          {request.endsAt && (
            <span>
              a boost, ends automatically <Time at={request.endsAt} />
            </span>
          )}
        </p>
      </header>
      <blockquote className={classes.reason}>
        <Words text={request.reason} long="whole" />
      </blockquote>
      {isQuota ? (
        <Impact request={request} />
      ) : request.maintenance ? (
        <MaintenanceImpact maintenance={request.maintenance} isPending={request.state === 'pending'} />
      ) : request.rollout ? (
        <RolloutImpact rollout={request.rollout} isPending={request.state === 'pending'} />
      ) : (
        <SloImpact request={request} />
      )}
      <Questions request={request} />
      <Decision request={request} />
      {isQuota && <Similar requests={request.similar} />}
    </article>
  )
}

function Similar({ requests }: { requests: readonly ChangeRequest[] }) {
  return (
    <section>
      <h3 className={classes.heading}>Similar past requests</h3>
      {requests.length === 0 ? (
        <p className={classes.dim}>There is no earlier decision about these limits.</p>
      ) : (
        <ul className={classes.similar}>
          {requests.map((one) => {
            const { kind, text } = stateText(one)
            const less = lessText(one)
            return (
              <li key={one.id}>
                <Link href={`/approvals/${one.id}?tab=decided`}>
                  <Words text={one.tenantName} long="cut" />: {changesText(one.changes)}
                </Link>{' '}
                <Status kind={kind}>{text}</Status>{' '}
                {one.decision && (
                  <p className={classes.dim}>
                    by <Words text={one.decision.by.name} /> <Time at={one.decision.at} />: {less && `${less}. `}
                    <Words text={one.decision.reason} quoted />
                  </p>
                )}
              </li>
            )
          })}
        </ul>
      )}
    </section>
  )
}
