'use client'

import { Button, Group } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { reasonFault, rolesWith } from '@tickwatch/policy'
import { useState } from 'react'
import { Link } from '../../components/Link.tsx'
import { Locked } from '../../components/Locked.tsx'
import { Outcome } from '../../components/Outcome.tsx'
import { ReasonField } from '../../components/ReasonField.tsx'
import { RoleHolders } from '../../components/RoleHolders.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { describeFault, isUnanswered } from '../../lib/errors.ts'
import { useCan, useMe } from '../../lib/me.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { Scope } from '../../lib/trpc/Scope.tsx'
import { either, roleName } from '../../lib/words.ts'
import { FollowedPropagation } from '../policy/Propagation.tsx'
import { SecondLook } from '../quota/SecondLook.tsx'
import classes from './Approvals.module.css'
import { approveText, type ChangeRequestDetail, harmsOf } from './request.ts'

/** The decision on a request: the form to make it, the decision itself, or why this person may not decide. */
export function Decision({ request }: { request: ChangeRequestDetail }) {
  const me = useMe()
  const [refused, setRefused] = useState<Refused | null>(null)
  // Only the answer was lost: the decision shown below is this person's own.
  const applied =
    refused !== null && isUnanswered(describeFault(refused.error)) && request.decision?.by.subject === me.subject
  return (
    <section>
      <h3 className={classes.heading}>Decision</h3>
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

/** A decision that the API did not accept. */
type Refused = { error: unknown; reason: string }

function Body({ request, onRefused }: { request: ChangeRequestDetail; onRefused: (refused: Refused) => void }) {
  const me = useMe()
  const mayDecide = useCan('change-request:decide')
  if (request.state === 'withdrawn')
    return (
      <p className={classes.dim}>
        <Words text={request.by.name} /> withdrew the request. Nothing changed.
      </p>
    )
  if (request.state === 'outdated') {
    return (
      <p className={classes.dim}>
        Its limits were changed meanwhile, so the request can’t be applied. <Words text={request.by.name} /> may ask
        again.
      </p>
    )
  }
  if (request.decision) return <Decided request={request} />
  if (request.by.subject === me.subject) {
    return <Locked>You asked for this, so someone else must decide.</Locked>
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

/** Reasons typed but not sent, by request: the form is mounted again when its URL changes or the person comes back. */
const typedReasons = new Map<string, string>()

function DecisionForm({ request, onRefused }: { request: ChangeRequestDetail; onRefused: (refused: Refused) => void }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [reason, setReason] = useState(typedReasons.get(request.id) ?? '')
  const [tried, setTried] = useState(false)
  const [looksAgain, setLooksAgain] = useState(false)
  const harms = harmsOf(request)
  const type = (text: string) => {
    typedReasons.set(request.id, text)
    setReason(text)
  }
  const settle = {
    onSuccess: (decided: ChangeRequestDetail) => {
      typedReasons.delete(request.id)
      queryClient.setQueryData(trpc.changeRequest.get.queryKey({ id: request.id }), decided)
    },
    onError: (error: unknown) => onRefused({ error, reason: reason.trim() }),
    // After an error too: someone else may have decided meanwhile.
    onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.changeRequest.pathKey() }),
  }
  const approve = useMutation(trpc.changeRequest.approve.mutationOptions(settle))
  const decline = useMutation(trpc.changeRequest.decline.mutationOptions(settle))
  const fault = reasonFault(reason)
  const decide = (how: typeof approve | typeof decline) => {
    setTried(true)
    if (fault) return
    approve.reset()
    decline.reset()
    how.mutate({ id: request.id, reason: reason.trim() })
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (!fault && harms.some(({ from, to }) => to < from)) setLooksAgain(true)
        else decide(approve)
      }}
      className={classes.form}
    >
      <ReasonField
        value={reason}
        onChange={type}
        fault={tried ? fault : null}
        description={
          <>
            <Words text={request.by.name} long="cut" /> reads it. It is shown in history and in the audit log.
          </>
        }
      />
      {(approve.error ?? decline.error) && (
        <ErrorState
          change
          error={approve.error ?? decline.error}
          what={approve.error ? 'Could not approve' : 'Could not decline'}
          lost="Your reason is still here."
        />
      )}
      {looksAgain ? (
        <SecondLook
          sentences={harms.map(({ sentence }) => sentence)}
          words={`${approveText(request.changes)} anyway`}
          back="Do not approve yet"
          onAnyway={() => {
            setLooksAgain(false)
            decide(approve)
          }}
          onBack={() => setLooksAgain(false)}
        />
      ) : (
        <Group gap="xs">
          <Button type="submit" loading={approve.isPending}>
            {approveText(request.changes)}
          </Button>
          <Button variant="default" loading={decline.isPending} onClick={() => decide(decline)}>
            Decline the request
          </Button>
        </Group>
      )}
    </form>
  )
}

function Decided({ request }: { request: ChangeRequestDetail }) {
  const { decision } = request
  if (!decision) return null
  return (
    <>
      <p className={classes.meta}>
        <Status kind={decision.approved ? 'good' : 'bad'}>{decision.approved ? 'Approved' : 'Declined'}</Status>
        <span>
          by <Words text={decision.by.name} />, <Time at={decision.at} />
        </span>
      </p>
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
