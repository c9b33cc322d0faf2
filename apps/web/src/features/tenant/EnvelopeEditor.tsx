'use client'

import { Button, Group } from '@mantine/core'
import { type LimitName, limitNames } from '@tickwatch/policy'
import { type FormEvent, useId } from 'react'
import { ConflictNotice } from '../../components/ConflictNotice.tsx'
import { Link } from '../../components/Link.tsx'
import { Outcome } from '../../components/Outcome.tsx'
import { ReasonField } from '../../components/ReasonField.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { plural } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { Scope } from '../../lib/trpc/Scope.tsx'
import classes from './Envelope.module.css'
import { EnvelopePreview } from './EnvelopePreview.tsx'
import { EnvelopeTable } from './EnvelopeTable.tsx'
import { boundsText } from './envelope.ts'
import { useEnvelopeEdit } from './useEnvelopeEdit.ts'

type Tenant = Outputs['tenant']['get']
type Form = ReturnType<typeof useEnvelopeEdit>

/** Edits the envelope: the minimum and the maximum of each limit that the tenant can set without approval. */
export function EnvelopeEditor({ tenant }: { tenant: Tenant }) {
  const form = useEnvelopeEdit(tenant)
  const { form: formRef, focusFault } = useFaultFocus()
  const previewId = useId()
  const send = () => {
    if (!form.send()) focusFault()
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    send()
  }
  return (
    <form ref={formRef} onSubmit={submit} noValidate>
      {form.restored && (
        <p className={classes.sentence}>
          This is what you entered before.{' '}
          <Button size="compact-xs" variant="default" onClick={form.discard}>
            Discard it
          </Button>
        </p>
      )}
      <Scope tenantId={tenant.id}>
        <EnvelopeTable tenant={tenant} form={form} />
        <section className={classes.what} aria-labelledby={previewId}>
          <h2 id={previewId} className={classes.whatTitle}>
            What this will make possible
          </h2>
          <div aria-live="polite">
            <EnvelopePreview tenant={tenant} form={form} />
          </div>
        </section>
      </Scope>
      <div className={classes.send}>
        {form.dirty && <Send tenant={tenant} form={form} onAgain={send} />}
        {form.saved && (
          <Outcome title="Envelope set">
            {tenant.id} can now set {plural(Object.keys(tenant.envelope).length, 'limit')} alone. The others need an
            approval.
          </Outcome>
        )}
      </div>
    </form>
  )
}

/** The reason and the button. After another admin's edit, shows both versions instead of the button. */
function Send({ tenant, form, onAgain }: { tenant: Tenant; form: Form; onAgain: () => void }) {
  return (
    <>
      <ReasonField value={form.reason} onChange={form.setReason} fault={form.reasonFault} />
      {form.theirs.length > 0 ? (
        <ConflictNotice
          versions={versionsOf(form, tenant.envelope)}
          again={`Set ${tenant.id}’s envelope on top`}
          busy={form.sending}
          onAgain={onAgain}
          onKeepTheirs={form.discard}
        >
          Someone set another envelope since you opened this:{' '}
          <Link href={`/audit?tenant=${tenant.id}&action=tenant.setEnvelope`}>who and why</Link>.
        </ConflictNotice>
      ) : (
        <>
          {form.error && (
            <ErrorState change error={form.error} what="Could not set the envelope" lost="Your edits are still here." />
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
  )
}

const versionsOf = ({ base, envelope, changed, theirs }: Form, inForce: Tenant['envelope']) =>
  limitNames
    .filter((limit: LimitName) => theirs.includes(limit) || changed.includes(limit))
    .map((limit) => ({
      limit,
      was: boundsText(base[limit]),
      theirs: boundsText(inForce[limit]),
      yours: changed.includes(limit) ? boundsText(envelope[limit]) : 'as theirs',
    }))
