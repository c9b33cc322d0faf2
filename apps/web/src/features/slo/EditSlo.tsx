'use client'

import { Button, NativeSelect, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from 'next/navigation'
import { type FormEvent, useState } from 'react'
import { Link } from '../../components/Link.tsx'
import { Outcome } from '../../components/Outcome.tsx'
import { ReasonField } from '../../components/ReasonField.tsx'
import { SecondLook } from '../../components/SecondLook.tsx'
import { Section } from '../../components/Section.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { AlertFields } from './AlertFields.tsx'
import { DeleteSlo } from './DeleteSlo.tsx'
import { ImportOpenSlo } from './ImportOpenSlo.tsx'
import { sloHref } from './inputs.ts'
import { ruleCountWords } from './preview.ts'
import { Field, SliFields } from './SliFields.tsx'
import classes from './Slo.module.css'
import { SloPreview } from './SloPreview.tsx'
import { faultOf, otherFaults, type SloTexts, textsOf } from './sloForm.ts'
import { type StoredSlo, useSloEdit } from './useSloEdit.ts'

/** The form for a new SLO, or for the next version of one, with a preview beside it. */
export function EditSlo({ stored }: { stored: StoredSlo | null }) {
  const router = useRouter()
  const [requested, setRequested] = useState<Outputs['slo']['save'] | null>(null)
  const { form: formRef, focusFault } = useFaultFocus()
  const form = useSloEdit(stored, (result) => {
    if (result.outcome === 'saved') router.push(sloHref(form.texts.id.trim(), null))
    else setRequested(result)
  })
  if (requested?.outcome === 'requested') {
    return (
      <Outcome title="Another person must approve this">
        It weakens the SLO, so it waits in the inbox: {requested.weakenings.join(' ')}{' '}
        <Link href={`/approvals/${requested.changeRequestId}`}>Open the request</Link>
      </Outcome>
    )
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!form.send()) focusFault()
  }
  return (
    <div className={classes.editor}>
      <form ref={formRef} onSubmit={submit} noValidate className={classes.fields}>
        {form.restored && (
          <p className={classes.notes}>
            This is what you entered before.{' '}
            <Button size="compact-xs" variant="default" onClick={form.discard}>
              Discard it
            </Button>
          </p>
        )}
        {form.overtaken && (
          <p className={classes.notes} role="status">
            Someone saved version {stored?.version} while this form was open.{' '}
            <Button size="compact-xs" variant="default" onClick={form.discard}>
              Begin again with that version
            </Button>
          </p>
        )}
        <ImportOpenSlo stored={stored} onRead={(texts) => form.change(texts)} />
        {stored === null && <Templates onChoose={(texts) => form.change(texts)} />}
        <Section title="What it is">
          <div className={classes.fields}>
            <Field
              form={form}
              name="id"
              path="id"
              label="Id"
              description="Used in rules, alerts and addresses. It can’t be changed later."
              readOnly={stored !== null}
            />
            <Field
              form={form}
              name="title"
              path="title"
              label="Title"
              description="What is promised, such as: Graphs are current."
            />
            <Field
              form={form}
              name="owner"
              path="owner"
              label="Owner"
              description="The team that acts on its alerts."
            />
            <Field
              form={form}
              name="runbookUrl"
              path="runbookUrl"
              label="Runbook (optional)"
              description="The address of a page."
            />
          </div>
        </Section>
        <Section title="What it measures">
          <div className={classes.fields}>
            <SliFields form={form} />
          </div>
        </Section>
        <Section title="Objective">
          <div className={classes.fields}>
            <Field form={form} name="objective" path="objective" label="Good events, %" />
            <WindowFields form={form} />
          </div>
        </Section>
        <Section title="Alerts">
          <div className={classes.fields}>
            <AlertFields form={form} />
          </div>
        </Section>
        <ReasonField
          value={form.texts.reason}
          onChange={(reason) => form.change({ reason })}
          fault={form.reasonFault}
          description="Shown with this version and in the audit log."
        />
        <Send form={form} stored={stored} />
      </form>
      <aside className={classes.preview} aria-label="Preview">
        <Section title="Preview" sentence="The SLI over the last days, and what would have fired.">
          <SloPreview form={form} />
        </Section>
      </aside>
      {stored !== null && <DeleteSlo stored={stored} onRequested={setRequested} />}
    </div>
  )
}

const shownFields = [
  ...['id', 'title', 'owner', 'runbookUrl', 'sli.total', 'sli.bad', 'sli.good', 'sli.causeLabel', 'sli.histogram'],
  ...['sli.thresholdSeconds', 'sli.nativeSchema', 'sli.promql', 'objective', 'window.days', 'window.timeZone'],
  ...['groupBy', 'alerting.burns', 'alerting.badEventsMin'],
]

/** The button, which names what it does, and what the API says of it. */
function Send({ form, stored }: { form: ReturnType<typeof useSloEdit>; stored: StoredSlo | null }) {
  const { judgement } = form
  const weakenings = judgement?.weakenings ?? []
  const version = (stored?.version ?? 0) + 1
  const others = otherFaults(form.faults, shownFields)
  const words =
    weakenings.length > 0
      ? `Ask for approval of version ${version}`
      : stored
        ? `Save version ${version}`
        : `Create ${form.texts.id.trim() || 'the SLO'}`
  if (form.secondLook)
    return (
      <SecondLook
        title="Look at this SLO again"
        sentences={form.secondLook.sentences}
        words={`${words} anyway`}
        back="Change it"
        onAnyway={form.secondLook.sendAnyway}
        onBack={form.secondLook.goBack}
      />
    )
  return (
    <>
      <div role="status">
        {weakenings.length > 0 && (
          <>
            <p className={classes.notes}>This weakens the SLO, so another person must approve it:</p>
            <ul className={classes.faults}>
              {weakenings.map((way) => (
                <li key={way}>{way}</li>
              ))}
            </ul>
          </>
        )}
        {others.length > 0 && (
          <ul className={classes.faults}>
            {others.map((fault) => (
              <li key={fault}>{fault}</li>
            ))}
          </ul>
        )}
        {judgement?.rulesAfter != null && (
          <p className={classes.notes}>With it AMP has {ruleCountWords(judgement.rulesAfter, judgement.ruleCount)}.</p>
        )}
      </div>
      {form.judgeError && (
        <ErrorState error={form.judgeError} what="This can’t be checked now" lost="What you typed is kept." />
      )}
      {form.error && <ErrorState change error={form.error} what="This was not saved" lost="What you typed is kept." />}
      <div className={classes.buttons}>
        <Button type="submit" loading={form.saving}>
          {words}
        </Button>
        <Button variant="default" component={Link} href={stored ? sloHref(stored.id, null) : '/slos'}>
          {form.touched ? 'Close, keep the draft' : 'Close'}
        </Button>
      </div>
    </>
  )
}

function WindowFields({ form }: { form: ReturnType<typeof useSloEdit> }) {
  const { texts, faults, change } = form
  return (
    <>
      <NativeSelect
        label="Window"
        data={[
          { value: 'rolling', label: 'Rolling: the last days' },
          { value: 'week', label: 'Calendar: the week' },
          { value: 'month', label: 'Calendar: the month' },
          { value: 'quarter', label: 'Calendar: the quarter' },
        ]}
        value={texts.window}
        onChange={(event) => change({ window: event.currentTarget.value as SloTexts['window'] })}
      />
      {texts.window === 'rolling' ? (
        <Field form={form} name="days" path="window.days" label="Days" description="From 1 to 90." />
      ) : (
        <TextInput
          label="Time zone"
          description="In whose days the calendar counts, such as Europe/Berlin."
          value={texts.timeZone}
          error={faultOf(faults, 'window.timeZone')}
          onChange={(event) => change({ timeZone: event.currentTarget.value })}
          autoComplete="off"
        />
      )}
    </>
  )
}

/** Begins with a copy of an SLO that exists. */
function Templates({ onChoose }: { onChoose: (texts: Partial<SloTexts>) => void }) {
  const trpc = useTRPC()
  const { data } = useQuery(trpc.slo.definitions.queryOptions())
  const choose = (id: string) => {
    const found = data?.slos.find((slo) => slo.id === id)
    if (!found) return
    const { id: _id, reason: _reason, ...texts } = textsOf(found.definition)
    onChoose(texts)
  }
  return (
    <NativeSelect
      label="Begin with"
      data={[
        { value: '', label: 'An empty form' },
        ...(data?.slos ?? []).map(({ id, definition }) => ({
          value: id,
          label: `A copy of ${definition.title} (${id})`,
        })),
      ]}
      onChange={(event) => choose(event.currentTarget.value)}
    />
  )
}
