'use client'

import { Button, Stack, TextInput } from '@mantine/core'
import type { LimitName } from '@tickwatch/policy'
import { type FormEvent, useId } from 'react'
import { ConflictNotice, type Versions } from '../../components/ConflictNotice.tsx'
import { SecondLook } from '../../components/SecondLook.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { formatInteger } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { AnotherLimit } from './AnotherLimit.tsx'
import classes from './EditQuota.module.css'
import { EndField } from './EndField.tsx'
import type { EditState } from './editLink.ts'
import { buttonWords, type Wanted } from './impact.ts'
import { LimitField } from './LimitField.tsx'
import type { UsageNow } from './usage.ts'
import { useEdit } from './useEdit.ts'
import type { Conflict } from './usePropose.ts'
import { WhatItDoes } from './WhatItDoes.tsx'

/** The form for the numbers, the reason and the end of a change. Enter sends it. */
export function EditForm({
  quota,
  usage,
  edit,
  onAddLimit,
  onClose,
  onDone,
}: {
  quota: Outputs['quota']['current']
  usage: UsageNow | undefined
  edit: EditState
  onAddLimit: (limit: LimitName) => void
  onClose: () => void
  onDone: (result: Outputs['quota']['propose']) => void
}) {
  const form = useEdit(quota, usage, edit, onDone)
  const { form: formRef, focusFault } = useFaultFocus()
  const whatId = useId()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!form.send()) focusFault()
  }
  return (
    <form ref={formRef} onSubmit={submit} noValidate>
      <Stack gap="md">
        {edit.revertOf !== null && (
          <p className={classes.note}>These are the values from before change {edit.revertOf}.</p>
        )}
        {form.restored && (
          <p className={classes.note}>
            This is what you entered before.{' '}
            <Button size="compact-xs" variant="default" onClick={form.discard}>
              Discard it
            </Button>
          </p>
        )}
        {form.overtaken && (
          <p className={classes.note} role="status">
            Limits of {quota.tenant.id} changed while this form was open, last with change {quota.revision}. When you
            send yours, you first see both versions.
          </p>
        )}
        {form.fields.map(({ limit, text, value, fault }, i) => (
          <LimitField
            key={limit}
            limit={limit}
            text={text}
            value={value}
            present={quota.resolved[limit]}
            envelope={quota.envelope[limit] ?? null}
            p99={usage?.meters.find((m) => m.limit === limit)?.p99 ?? null}
            fault={fault}
            focus={i === 0}
            onChange={(typed) => form.change({ typed: { ...form.draft.typed, [limit]: typed } })}
          />
        ))}
        <AnotherLimit edited={edit.limits} onAdd={onAddLimit} />
        <TextInput
          label="Reason"
          description="Shown with the change in history and in the audit log."
          placeholder="For example: launch weekend in eu-central"
          value={form.draft.reason}
          error={form.reasonFault}
          onChange={(event) => form.change({ reason: event.currentTarget.value })}
        />
        <EndField end={form.draft.end} fault={form.endFault} onChange={(end) => form.change({ end })} />
        <section className={classes.what} aria-labelledby={whatId}>
          <h3 id={whatId} className={classes.whatTitle}>
            What this will do
          </h3>
          <div aria-live="polite">
            {form.impact ? (
              <WhatItDoes
                quota={quota}
                impact={form.impact}
                harms={form.harms}
                endsAt={form.endsAt}
                boostSeconds={form.boostSeconds}
              />
            ) : (
              <p className={classes.sentence}>This is shown when each field above has a number that is allowed.</p>
            )}
          </div>
        </section>
        <Send form={form} onClose={onClose} />
      </Stack>
    </form>
  )
}

/** The button, which names what it does. After another person's edit, shows both versions instead. */
function Send({ form, onClose }: { form: ReturnType<typeof useEdit>; onClose: () => void }) {
  const words = buttonWords(form.impact)
  const { conflict, secondLook } = form
  if (secondLook) {
    return (
      <SecondLook
        title="Look at this reduction again"
        sentences={form.harms.map(({ sentence }) => sentence)}
        words={`${words} anyway`}
        back="Change the number"
        onAnyway={secondLook.sendAnyway}
        onBack={secondLook.goBack}
      />
    )
  }
  if (conflict) {
    return (
      <ConflictNotice
        versions={versionsOf(conflict, form.wanted)}
        again={`${words} on top`}
        busy={form.sending}
        onAgain={() => form.sendOnTop(conflict.currentRevision)}
        onKeepTheirs={() => {
          form.forget()
          onClose()
        }}
      >
        <Words text={conflict.by.name} /> changed these limits <Time at={conflict.at} />:{' '}
        <Words text={conflict.reason} quoted />.
      </ConflictNotice>
    )
  }
  return (
    <>
      {form.error && (
        <ErrorState change error={form.error} what="This was not applied" lost="What you entered is kept." />
      )}
      <div className={classes.buttons}>
        <Button type="submit" loading={form.sending}>
          {words}
        </Button>
        <Button variant="default" onClick={onClose}>
          {form.touched ? 'Close, keep the draft' : 'Close'}
        </Button>
      </div>
    </>
  )
}

function versionsOf({ changes, resolved }: Conflict, wanted: Wanted): Versions[] {
  const limits = [...new Set([...changes.map((change) => change.limit), ...(Object.keys(wanted) as LimitName[])])]
  return limits.map((limit) => {
    const theirs = resolved[limit]
    const yours = wanted[limit]
    return {
      limit,
      was: formatInteger(changes.find((change) => change.limit === limit)?.from ?? theirs),
      theirs: formatInteger(theirs),
      yours: yours === undefined || yours === null ? 'as theirs' : formatInteger(yours),
    }
  })
}
