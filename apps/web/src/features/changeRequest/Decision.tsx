'use client'

import { VisuallyHidden } from '@mantine/core'
import { rolesWith } from '@tickwatch/policy'
import { useEffect, useRef, useState } from 'react'
import { Link } from '../../components/Link.tsx'
import { Locked } from '../../components/Locked.tsx'
import { Outcome } from '../../components/Outcome.tsx'
import { RoleHolders } from '../../components/RoleHolders.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { describeFault, isUnanswered } from '../../lib/errors.ts'
import { useCan, useMe } from '../../lib/me.tsx'
import { Scope } from '../../lib/trpc/Scope.tsx'
import { capitalised, either, roleName } from '../../lib/words.ts'
import { FollowedPropagation } from '../policy/Propagation.tsx'
import { rolloutHref } from '../rollout/rollouts.ts'
import { ApprovalList } from './ApprovalList.tsx'
import classes from './Approvals.module.css'
import { DecisionForm, type Refused } from './DecisionForm.tsx'
import { approvedText, type ChangeRequestDetail, lessText } from './request.ts'
import { SloWithdraw } from './SloAnswer.tsx'

/** The decision on a request: the form to make it, the decision itself, or why this person may not decide. */
export function Decision({ request }: { request: ChangeRequestDetail }) {
  const me = useMe()
  const [refused, setRefused] = useState<Refused | null>(null)
  // Only the answer was lost: the decision shown below is this person's own.
  const applied =
    refused !== null && isUnanswered(describeFault(refused.error)) && request.decision?.by.subject === me.subject
  const heading = useRef<HTMLHeadingElement>(null)
  // An approval that is not the last one leaves the request pending, but not for this person.
  const decidable = request.state === 'pending' && request.mayNotDecide === null
  const shown = useRef({ id: request.id, decidable })
  useEffect(() => {
    const wasDecidable = shown.current.id === request.id && shown.current.decidable
    shown.current = { id: request.id, decidable }
    // The form that had the focus is gone.
    if (wasDecidable && !decidable && document.activeElement === document.body) heading.current?.focus()
  }, [request.id, decidable])
  return (
    <section>
      <h3 ref={heading} tabIndex={-1} className={classes.heading}>
        Decision
      </h3>
      <VisuallyHidden role="status">
        {request.state === 'pending' ? approvedText(request) : `The request is ${request.state}.`}
      </VisuallyHidden>
      {/* While the request is pending the form shows the error. If someone else decided first, the form is gone. */}
      {refused && !applied && request.state !== 'pending' && (
        <div className={classes.refused}>
          <ErrorState
            error={refused.error}
            what="Your decision was not applied"
            lost={
              <>
                Your reason was: <Words text={refused.reason} quoted />.
              </>
            }
          />
        </div>
      )}
      <Body request={request} onRefused={setRefused} />
    </section>
  )
}

function Body({ request, onRefused }: { request: ChangeRequestDetail; onRefused: (refused: Refused) => void }) {
  if (request.state === 'withdrawn')
    return (
      <p className={classes.dim}>
        <Words text={(request.decision ?? request).by.name} /> withdrew the request. Nothing changed.
      </p>
    )
  if (request.state === 'outdated' && !['quota', 'slo'].includes(request.kind)) {
    return (
      <p className={classes.dim}>
        It was closed: {request.decision?.reason} <Words text={request.by.name} /> may ask again.
      </p>
    )
  }
  if (request.state === 'outdated') {
    return (
      <p className={classes.dim}>
        {request.kind === 'quota' ? 'Its limits were' : 'The SLO was'} changed meanwhile, so the request can’t be
        applied. <Words text={request.by.name} /> may ask again.
      </p>
    )
  }
  if (request.decision) {
    return (
      <>
        <ApprovalList request={request} />
        <Decided request={request} />
      </>
    )
  }
  return (
    <>
      <ApprovalList request={request} />
      <Pending request={request} onRefused={onRefused} />
    </>
  )
}

function Pending({ request, onRefused }: { request: ChangeRequestDetail; onRefused: (refused: Refused) => void }) {
  const me = useMe()
  const mayDecide = useCan('change-request:decide')
  if (request.by.subject === me.subject) {
    return (
      <>
        <Locked>You asked for this, so someone else must decide.</Locked>
        {['slo', 'maintenance'].includes(request.kind) && <SloWithdraw request={request} />}
        {request.rollout && (
          <Link href={rolloutHref(request.rollout.number)}>Abort the rollout on its page to take the request back</Link>
        )}
      </>
    )
  }
  if (!mayDecide) {
    return (
      <Locked>
        You need the role {either(rolesWith('change-request:decide').map(roleName))} to decide.
        <RoleHolders permission="change-request:decide" />
      </Locked>
    )
  }
  if (request.mayNotDecide) return <Locked>{request.mayNotDecide}</Locked>
  return <DecisionForm request={request} onRefused={onRefused} />
}

function Decided({ request }: { request: ChangeRequestDetail }) {
  const { decision } = request
  const less = lessText(request)
  if (!decision) return null
  return (
    <>
      <p className={classes.meta}>
        <Status kind={decision.approved ? 'good' : 'bad'}>
          {decision.approved ? `Approved${less ? ' in part' : ''}` : 'Declined'}
        </Status>
        <span>
          by <Words text={decision.by.name} />, <Time at={decision.at} />
        </span>
      </p>
      {less && <p className={classes.meta}>{capitalised(less)}.</p>}
      <blockquote className={classes.reason}>
        <Words text={decision.reason} long="whole" />
      </blockquote>
      {request.appliedRevision !== null && (
        <Outcome
          title={
            <>
              Applied as revision {request.appliedRevision} of <Words text={request.tenantName} />
            </>
          }
        >
          <Scope key={request.tenantId} tenantId={request.tenantId}>
            <FollowedPropagation followed={{ revision: request.appliedRevision }} />
          </Scope>
          <Link href={`/t/${request.tenantId}/quotas`}>Open {request.tenantId}’s quotas</Link>
        </Outcome>
      )}
    </>
  )
}
