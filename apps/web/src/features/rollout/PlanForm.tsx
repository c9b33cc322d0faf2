'use client'

import { Button } from '@mantine/core'
import { useRouter } from 'next/navigation'
import type { FormEvent } from 'react'
import { Locked } from '../../components/Locked.tsx'
import { ReasonField } from '../../components/ReasonField.tsx'
import { Section } from '../../components/Section.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import text from '../../components/text.module.css'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { plural } from '../../lib/format.ts'
import { Blocks } from './Blocks.tsx'
import { GroupPlaces } from './GroupPlaces.tsx'
import { PlanPreview } from './PlanPreview.tsx'
import type { Draft } from './planForm.ts'
import classes from './Rollout.module.css'
import { approversWords, rolloutHref } from './rollouts.ts'
import { checkEveryMs, usePlanEdit } from './usePlanEdit.ts'
import { WaveFields } from './WaveFields.tsx'

/** The waves to edit, with what blocks them and what they will do beside them. */
export function PlanForm({ imageId, environment, draft }: { imageId: string; environment: string; draft: Draft }) {
  const router = useRouter()
  const { form: formRef, focusFault } = useFaultFocus()
  const form = usePlanEdit(imageId, environment, draft, ({ number }) => router.push(rolloutHref(number)))
  const { shown } = form
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!form.send()) focusFault()
  }
  return (
    <div className={classes.editor}>
      <form ref={formRef} onSubmit={submit} noValidate className={classes.fields}>
        {draft.plan.targets.length > 1 && (
          <GroupPlaces targets={draft.plan.targets} waves={form.waves} faults={form.groupFaults} onMove={form.move} />
        )}
        {form.waves.map(({ wave, texts }, i) => (
          <WaveFields
            key={wave.name}
            number={i + 1}
            wave={wave}
            texts={texts}
            faults={form.waveFaults[i] ?? {}}
            onChange={(part) => form.changeWave(i, part)}
            onRemove={() => {
              form.remove(i)
              // Its button is gone.
              formRef.current?.querySelector('select')?.focus()
            }}
          />
        ))}
        {form.otherFaults.map((message) => (
          <p key={message} className={classes.fault} role="status">
            {message}
          </p>
        ))}
        <ReasonField
          value={form.reason}
          onChange={form.changeReason}
          fault={form.reasonFault}
          description="The approvers read it. It is shown with the rollout and in the audit log."
        />
        {form.error && (
          <ErrorState
            change
            error={form.error}
            what="Could not ask for the rollout"
            lost="What you entered is still here."
          />
        )}
        {shown.blocks.length > 0 ? (
          <Locked>
            It can’t be asked for while {plural(shown.blocks.length, 'thing')}{' '}
            {shown.blocks.length === 1 ? 'blocks' : 'block'} it.
          </Locked>
        ) : (
          <div>
            <Button type="submit" loading={form.isSending}>
              Ask for the rollout
            </Button>
            <p className={text.quiet}>
              Before it starts, {approversWords(shown.approversNeeded)}, and you are not one of them.
            </p>
          </div>
        )}
      </form>
      <section className={classes.preview} aria-label="Preview">
        {form.checkError !== null && <ErrorState error={form.checkError} what="Could not check this plan" />}
        <Section title="Preflight" sentence={preflightSentence(form)}>
          {shown.faults.length === 0 && <Blocks blocks={shown.blocks} />}
        </Section>
        <PlanPreview preview={shown.preview} />
      </section>
    </div>
  )
}

const preflightSentence = ({ isReadable, isAsking, shown }: ReturnType<typeof usePlanEdit>) => {
  if (!isReadable) return 'As it was before the fields that can’t be read. Correct them to check it again.'
  if (isAsking) return 'Checking what you typed…'
  return shown.faults.length === 0
    ? `Checked every ${checkEveryMs / 1_000} s, and again before each wave.`
    : 'It is checked once what the form marks is corrected.'
}
