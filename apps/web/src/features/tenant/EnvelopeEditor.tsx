'use client'

import { Button, Group, Stack } from '@mantine/core'
import { type Envelope, type LimitName, limitNames } from '@tickwatch/policy'
import Link from 'next/link'
import { Fragment } from 'react'
import { ConflictNotice } from '../../components/ConflictNotice.tsx'
import { Outcome } from '../../components/Outcome.tsx'
import { ReasonField } from '../../components/ReasonField.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { formatInteger, plural } from '../../lib/format.ts'
import { limitGroups } from '../../lib/limitGroups.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { BoundsField } from './BoundsField.tsx'
import classes from './TenantPanel.module.css'
import { useEnvelopeEdit } from './useEnvelopeEdit.ts'

type Tenant = Outputs['tenant']['get']

/** Edits the envelope: the minimum and the maximum of each limit that the tenant can set without approval. */
export function EnvelopeEditor({ tenant }: { tenant: Tenant }) {
  const form = useEnvelopeEdit(tenant)
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        form.send()
      }}
    >
      <Stack gap="sm">
        {limitGroups.map(({ title, limits }) => (
          <Fragment key={title}>
            <h4 className={classes.groupTitle}>{title}</h4>
            {limits.map((name) => (
              <BoundsField
                key={name}
                name={name}
                line={form.lines[name]}
                now={tenant.resolved[name]}
                fault={form.boundsFault(name)}
                onChange={(line) => form.change(name, line)}
              />
            ))}
          </Fragment>
        ))}
        {form.dirty && (
          <>
            <ReasonField value={form.reason} onChange={form.setReason} fault={form.reasonFault} />
            <p className={classes.note}>
              The present limits of {tenant.id} do not change, even outside the envelope. It applies to the next edits.
            </p>
            {form.theirs.length > 0 ? (
              <ConflictNotice
                versions={versionsOf(form, tenant.envelope)}
                again={`Set ${tenant.id}’s envelope on top`}
                busy={form.sending}
                onAgain={form.send}
                onKeepTheirs={form.discard}
              >
                Someone set another envelope since you opened this:{' '}
                <Link href={`/audit?tenant=${tenant.id}&action=tenant.setEnvelope`}>who and why</Link>.
              </ConflictNotice>
            ) : (
              <>
                {form.error && (
                  <ErrorState
                    change
                    error={form.error}
                    what="Could not set the envelope"
                    lost="Your edits are still here."
                  />
                )}
                <Group gap="xs">
                  <Button type="submit" loading={form.sending}>
                    Set {tenant.id}’s envelope
                  </Button>
                  <Button variant="default" onClick={form.discard}>
                    Discard the edits
                  </Button>
                </Group>
              </>
            )}
          </>
        )}
        {form.saved && (
          <Outcome title="Envelope set">
            {tenant.id} can now set {plural(Object.keys(tenant.envelope).length, 'limit')} alone. The others need an
            approval.
          </Outcome>
        )}
      </Stack>
    </form>
  )
}

const boundsText = (bounds: Envelope[LimitName]) =>
  bounds ? `${formatInteger(bounds.min)} to ${formatInteger(bounds.max)}` : 'by approval only'

function versionsOf({ base, envelope, changed, theirs }: ReturnType<typeof useEnvelopeEdit>, inForce: Envelope) {
  return limitNames
    .filter((limit) => theirs.includes(limit) || changed.includes(limit))
    .map((limit) => ({
      limit,
      was: boundsText(base[limit]),
      theirs: boundsText(inForce[limit]),
      yours: changed.includes(limit) ? boundsText(envelope[limit]) : 'as theirs',
    }))
}
