'use client'

import { Button, Group } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { limitDefinitions, reasonFault } from '@tickwatch/policy'
import { useState } from 'react'
import { NumberField } from '../../components/NumberField.tsx'
import { ReasonField } from '../../components/ReasonField.tsx'
import { SecondLook } from '../../components/SecondLook.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { Words } from '../../components/Words.tsx'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useTyped } from '../../lib/useTyped.ts'
import classes from './Approvals.module.css'
import { approveOf, approveText, type ChangeRequestDetail, harmsOf, readApproval, type TypedValues } from './request.ts'

/** A decision that the API did not accept. */
export type Refused = { error: unknown; reason: string }

/** The numbers to approve, which may be less than was asked, the reason, and the buttons. */
export function DecisionForm({
  request,
  onRefused,
}: {
  request: ChangeRequestDetail
  onRefused: (refused: Refused) => void
}) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const reason = useTyped(`reason ${request.id}`, '')
  const values = useTyped<TypedValues>(`values ${request.id}`, {})
  const [tried, setTried] = useState(false)
  const [looksAgain, setLooksAgain] = useState(false)
  const { form, focusFault } = useFaultFocus()
  const approval = readApproval(request.changes, values.value)
  const harms = harmsOf(request, approval.changes ?? [])
  const isQuota = request.kind === 'quota'
  const mayApprove = isQuota
    ? approval.changes !== null
    : (request.slo ?? request.maintenance ?? request.rollout) !== null
  const words = isQuota && approval.changes ? approveText(approval.changes, request.changes) : approveOf(request)
  const settle = {
    onSuccess: (decided: ChangeRequestDetail) => {
      reason.forget()
      values.forget()
      queryClient.setQueryData(trpc.changeRequest.get.queryKey({ id: request.id }), decided)
    },
    onError: (error: unknown) => onRefused({ error, reason: reason.value.trim() }),
    // After an error too: someone else may have decided meanwhile.
    onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.changeRequest.pathKey() }),
  }
  const approve = useMutation(trpc.changeRequest.approve.mutationOptions(settle))
  const approveLess = useMutation(trpc.changeRequest.approveLess.mutationOptions(settle))
  const decline = useMutation(trpc.changeRequest.decline.mutationOptions(settle))
  const approveError = approve.error ?? approveLess.error
  const fault = reasonFault(reason.value)
  const input = { id: request.id, reason: reason.value.trim() }
  const start = (decide: () => void) => {
    approve.reset()
    approveLess.reset()
    decline.reset()
    decide()
  }
  const sendApproval = () =>
    start(() => {
      const { limits } = approval
      if (Object.keys(limits).length === 0) approve.mutate(input)
      else approveLess.mutate({ ...input, limits })
    })
  return (
    <form
      ref={form}
      onSubmit={(event) => {
        event.preventDefault()
        setTried(true)
        if (fault || !mayApprove) focusFault()
        else if (harms.some(({ from, to }) => to < from)) setLooksAgain(true)
        else sendApproval()
      }}
      className={classes.form}
    >
      {approval.fields.map(({ change: { limit }, range, text, value, fault: valueFault }) => (
        <NumberField
          key={limit}
          label={`${limitDefinitions[limit].title} to approve`}
          description={`Any number ${range}.`}
          unit={limitDefinitions[limit].unit}
          text={text}
          value={value}
          fault={valueFault}
          onChange={(typed) => {
            setLooksAgain(false)
            values.type({ ...values.value, [limit]: typed })
          }}
        />
      ))}
      <ReasonField
        value={reason.value}
        onChange={reason.type}
        fault={tried ? fault : null}
        description={
          <>
            <Words text={request.by.name} long="cut" /> reads it. It is shown in history and in the audit log.
          </>
        }
      />
      {(approveError ?? decline.error) && (
        <ErrorState
          change
          error={approveError ?? decline.error}
          what={approveError ? 'Could not approve' : 'Could not decline'}
          lost="What you entered is still here."
        />
      )}
      {looksAgain ? (
        <SecondLook
          title="Look at this reduction again"
          sentences={harms.map(({ sentence }) => sentence)}
          words={`${words} anyway`}
          back="Do not approve yet"
          onAnyway={() => {
            setLooksAgain(false)
            sendApproval()
          }}
          onBack={() => setLooksAgain(false)}
        />
      ) : (
        <Group gap="xs">
          <Button type="submit" loading={approve.isPending || approveLess.isPending}>
            {words}
          </Button>
          <Button
            variant="default"
            loading={decline.isPending}
            onClick={() => {
              setTried(true)
              if (!fault) start(() => decline.mutate(input))
            }}
          >
            Decline the request
          </Button>
        </Group>
      )}
    </form>
  )
}
