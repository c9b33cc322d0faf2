'use client'

import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { Link } from '../../components/Link.tsx'
import { Outcome } from '../../components/Outcome.tsx'
import { ReasonField } from '../../components/ReasonField.tsx'
import { SidePanel } from '../../components/SidePanel.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { TimeField } from '../../components/TimeField.tsx'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { serverNow } from '../../lib/now.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useTyped } from '../../lib/useTyped.ts'
import { ExcludedPreview } from './ExcludedPreview.tsx'
import classes from './Maintenance.module.css'
import { readTexts, type Texts } from './maintenance.ts'

const minuteMs = 60_000

/** An hour from the next full minute on. */
function begin(sloId: string): Texts {
  const startMs = Math.ceil(serverNow() / minuteMs) * minuteMs
  return { sloId, labels: {}, startMs, endMs: startMs + 60 * minuteMs, reason: '' }
}

/** The drawer that asks for a window. @param sloId chosen at first; empty is all SLOs */
export function PlanMaintenance({ sloId, onClose }: { sloId: string; onClose: () => void }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [first] = useState(() => begin(sloId))
  const typed = useTyped<Texts>(`maintenance ${sloId}`, first)
  const [tried, setTried] = useState(false)
  const { form, focusFault } = useFaultFocus()
  const slos = useQuery(trpc.slo.definitions.queryOptions()).data?.slos ?? []
  const plan = useMutation(
    trpc.maintenance.plan.mutationOptions({
      onSuccess: typed.forget,
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.maintenance.pathKey() }),
    }),
  )
  if (plan.data) {
    return (
      <SidePanel title="Plan a window" onClose={onClose}>
        <Outcome title="Another person must approve this">
          The window does not hold until then.{' '}
          <Link href={`/approvals/${plan.data.changeRequestId}`}>Open the request</Link>
        </Outcome>
      </SidePanel>
    )
  }
  const texts = typed.value
  const groupBy = slos.find(({ id }) => id === texts.sloId)?.definition.groupBy ?? []
  const { window, faults } = readTexts(texts, groupBy)
  const change = (part: Partial<Texts>) => typed.type({ ...texts, ...part })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!window || faults.reason !== null) return focusFault()
    plan.mutate({ ...window, reason: texts.reason.trim() })
  }
  return (
    <SidePanel title="Plan a window" onClose={onClose}>
      <form ref={form} onSubmit={submit} noValidate>
        <Stack gap="md">
          <NativeSelect
            label="SLO"
            data={[
              { value: '', label: 'All SLOs' },
              ...slos.map(({ id, definition }) => ({ value: id, label: definition.title })),
            ]}
            value={texts.sloId}
            onChange={(event) => change({ sloId: event.currentTarget.value })}
            data-autofocus
          />
          {groupBy.map((name) => (
            <TextInput
              key={name}
              label={name}
              description="Of one group only. Leave it empty for all groups of the SLO."
              value={texts.labels[name] ?? ''}
              onChange={(event) => change({ labels: { ...texts.labels, [name]: event.currentTarget.value } })}
              error={tried ? faults.labels : null}
              autoComplete="off"
              spellCheck={false}
            />
          ))}
          <TimeField
            label="From"
            atMs={texts.startMs}
            onChange={(startMs) => change({ startMs })}
            fault={tried ? faults.start : null}
          />
          <TimeField
            label="Until"
            atMs={texts.endMs}
            onChange={(endMs) => change({ endMs })}
            fault={tried ? faults.end : null}
          />
          <ReasonField
            value={texts.reason}
            onChange={(reason) => change({ reason })}
            fault={tried ? faults.reason : null}
            description="The approver reads it. The platform team sees it with the window, and it is in the audit log."
          />
          <section aria-label="What it would exclude">
            <h3 className={classes.heading}>What it would exclude</h3>
            {window ? <ExcludedPreview window={window} /> : <p className={classes.text}>Enter the times to see it.</p>}
          </section>
          <p className={classes.text}>Alerts fire in a window as at any other time.</p>
          {plan.error && (
            <ErrorState
              change
              error={plan.error}
              what="Could not ask for the window"
              lost="What you typed is still here."
            />
          )}
          <Group>
            <Button type="submit" loading={plan.isPending}>
              Ask for approval
            </Button>
          </Group>
        </Stack>
      </form>
    </SidePanel>
  )
}
