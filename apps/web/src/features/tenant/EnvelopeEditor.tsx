'use client'

import { Button, Group, NumberInput, Stack, Switch } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import {
  changedBounds,
  type Envelope,
  type LimitName,
  limitDefinitions,
  limitNames,
  reasonFault,
} from '@tickwatch/policy'
import Link from 'next/link'
import { Fragment, useState } from 'react'
import { ConflictNotice } from '../../components/ConflictNotice.tsx'
import { Outcome } from '../../components/Outcome.tsx'
import { ReasonField } from '../../components/ReasonField.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { formatInteger, plural } from '../../lib/format.ts'
import { limitGroups } from '../../lib/limitGroups.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { draftOf, type EnvelopeLine, onTopOf, readDraft } from './envelope.ts'
import classes from './TenantPanel.module.css'

type Tenant = Outputs['tenant']['get']

const boundsText = (bounds: Envelope[LimitName]) =>
  bounds ? `${formatInteger(bounds.min)} to ${formatInteger(bounds.max)}` : 'by approval only'

/** Edits what a tenant may set alone: the least and the most of each limit. */
export function EnvelopeEditor({ tenant }: { tenant: Tenant }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  // An edit is judged against what its author saw.
  const [base, setBase] = useState(tenant.envelope)
  const [draft, setDraft] = useState(() => draftOf(base))
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const beginFrom = (envelope: Envelope) => {
    setBase(envelope)
    setDraft(draftOf(envelope))
    setTried(false)
  }
  const save = useMutation(
    trpc.tenant.setEnvelope.mutationOptions({
      onSuccess: (saved) => {
        beginFrom(saved.envelope)
        setReason('')
        queryClient.setQueryData(trpc.tenant.get.queryKey({ id: saved.id }), saved)
        return queryClient.invalidateQueries({ queryKey: trpc.tenant.list.pathKey() })
      },
      // It may be another's envelope by now.
      onError: () => queryClient.invalidateQueries({ queryKey: trpc.tenant.get.queryKey({ id: tenant.id }) }),
    }),
  )
  const { envelope, faults } = readDraft(draft)
  const faulty = Object.keys(faults).length > 0
  const changed = changedBounds(base, envelope)
  const dirty = changed.length > 0 || faulty
  const theirs = changedBounds(base, tenant.envelope)
  // What someone else changed and this edit leaves alone stays theirs.
  const next = onTopOf(tenant.envelope, base, envelope)
  const inForce = !faulty && changedBounds(tenant.envelope, next).length === 0
  if (theirs.length > 0 && inForce) beginFrom(tenant.envelope)
  const discard = () => {
    beginFrom(tenant.envelope)
    save.reset()
  }
  const send = () => {
    setTried(true)
    if (faulty || inForce || reasonFault(reason)) return
    setBase(tenant.envelope)
    setDraft(draftOf(next))
    save.mutate({ id: tenant.id, base: tenant.envelope, envelope: next, reason: reason.trim() })
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        send()
      }}
    >
      <Stack gap="sm">
        {limitGroups.map(({ title, limits }) => (
          <Fragment key={title}>
            <h4 className={classes.groupTitle}>{title}</h4>
            {limits.map((name) => (
              <Line
                key={name}
                name={name}
                line={draft[name]}
                now={tenant.resolved[name]}
                fault={tried ? (faults[name] ?? null) : null}
                onChange={(line) => setDraft({ ...draft, [name]: line })}
              />
            ))}
          </Fragment>
        ))}
        {dirty && (
          <>
            <ReasonField value={reason} onChange={setReason} fault={tried ? reasonFault(reason) : null} />
            <p className={classes.note}>
              Limits that {tenant.id} has now stay as they are, inside or outside; the envelope judges its next edits.
            </p>
            {theirs.length > 0 ? (
              <ConflictNotice
                versions={limitNames
                  .filter((limit) => theirs.includes(limit) || changed.includes(limit))
                  .map((limit) => ({
                    limit,
                    was: boundsText(base[limit]),
                    theirs: boundsText(tenant.envelope[limit]),
                    yours: changed.includes(limit) ? boundsText(envelope[limit]) : 'as theirs',
                  }))}
                again={`Set ${tenant.id}’s envelope on top`}
                busy={save.isPending}
                onAgain={send}
                onKeepTheirs={discard}
              >
                Someone set another envelope since you opened this:{' '}
                <Link href={`/audit?tenant=${tenant.id}&action=tenant.setEnvelope`}>who and why</Link>.
              </ConflictNotice>
            ) : (
              <>
                {save.error && (
                  <ErrorState
                    change
                    error={save.error}
                    what="Could not set the envelope"
                    lost="Your edits are still here."
                  />
                )}
                <Group gap="xs">
                  <Button type="submit" loading={save.isPending}>
                    Set {tenant.id}’s envelope
                  </Button>
                  <Button variant="default" onClick={discard}>
                    Discard the edits
                  </Button>
                </Group>
              </>
            )}
          </>
        )}
        {save.isSuccess && !dirty && (
          <Outcome title="Envelope set">
            {tenant.id} may set {plural(Object.keys(tenant.envelope).length, 'limit')} alone from now on; the rest asks
            for an approval.
          </Outcome>
        )}
      </Stack>
    </form>
  )
}

function Line({
  name,
  line,
  now,
  fault,
  onChange,
}: {
  name: LimitName
  line: EnvelopeLine
  now: number
  fault: string | null
  onChange: (line: EnvelopeLine) => void
}) {
  const { title, unit, min, max } = limitDefinitions[name]
  const number = (value: string | number) => (typeof value === 'number' ? value : null)
  return (
    <fieldset className={classes.line}>
      <legend className={classes.lineTitle}>
        {title}{' '}
        <span className={classes.note}>
          now {formatInteger(now)} {unit}
        </span>
      </legend>
      <Switch
        size="xs"
        label={line.own ? 'The tenant sets it alone, within' : 'Every change takes an approval'}
        aria-label={`${title}: the tenant may set it alone`}
        checked={line.own}
        onChange={(event) =>
          onChange(
            event.currentTarget.checked
              ? { own: true, min: line.min ?? min, max: line.max ?? Math.min(max, Math.max(now * 2, min)) }
              : { ...line, own: false },
          )
        }
      />
      {line.own && (
        <div className={classes.bounds}>
          <NumberInput
            aria-label={`${title}, least`}
            size="xs"
            value={line.min ?? ''}
            onChange={(value) => onChange({ ...line, min: number(value) })}
            thousandSeparator=","
            allowDecimal={false}
            allowNegative={false}
            hideControls
            error={fault !== null}
          />
          <span>to</span>
          <NumberInput
            aria-label={`${title}, most`}
            size="xs"
            value={line.max ?? ''}
            onChange={(value) => onChange({ ...line, max: number(value) })}
            thousandSeparator=","
            allowDecimal={false}
            allowNegative={false}
            hideControls
            error={fault !== null}
          />
        </div>
      )}
      {fault && (
        <p role="alert" className={classes.fault}>
          {fault}
        </p>
      )}
    </fieldset>
  )
}
