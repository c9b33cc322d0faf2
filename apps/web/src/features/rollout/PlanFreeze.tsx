'use client'

import { Button, Checkbox, Group, Stack } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { ReasonField } from '../../components/ReasonField.tsx'
import { SidePanel } from '../../components/SidePanel.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { TimeField } from '../../components/TimeField.tsx'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { serverNow } from '../../lib/now.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useTyped } from '../../lib/useTyped.ts'
import { type FreezeTexts, readFreeze } from './freezes.ts'
import classes from './Rollout.module.css'

const minuteMs = 60_000

/** A day from the next full minute on, in all environments. */
function begin(): FreezeTexts {
  const startMs = Math.ceil(serverNow() / minuteMs) * minuteMs
  return { startMs, endMs: startMs + 24 * 60 * minuteMs, environments: [], reason: '' }
}

/** The drawer that plans a freeze window. */
export function PlanFreeze({ onClose }: { onClose: () => void }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [first] = useState(begin)
  const typed = useTyped<FreezeTexts>('freeze', first)
  const [tried, setTried] = useState(false)
  const { form, focusFault } = useFaultFocus()
  const targets = useQuery(trpc.rollout.targets.queryOptions()).data?.targets ?? []
  const known = [...new Set(targets.map(({ environment }) => environment))].sort()
  const create = useMutation(
    trpc.freezeWindow.create.mutationOptions({
      onSuccess: async () => {
        typed.forget()
        await queryClient.invalidateQueries({ queryKey: trpc.freezeWindow.pathKey() })
        onClose()
      },
    }),
  )
  const texts = typed.value
  const { freeze, faults } = readFreeze(texts)
  const change = (part: Partial<FreezeTexts>) => typed.type({ ...texts, ...part })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (!freeze) return focusFault()
    create.mutate(freeze)
  }
  return (
    <SidePanel title="Plan a freeze" onClose={onClose}>
      <form ref={form} onSubmit={submit} noValidate>
        <Stack gap="md">
          <TimeField
            label="From"
            atMs={texts.startMs}
            onChange={(startMs) => change({ startMs })}
            fault={tried ? faults.start : null}
            autoFocus
          />
          <TimeField
            label="Until"
            atMs={texts.endMs}
            onChange={(endMs) => change({ endMs })}
            fault={tried ? faults.end : null}
          />
          {known.length > 0 && (
            <Checkbox.Group
              label="Environments"
              description="Choose none to freeze all of them, also those that come later."
              value={texts.environments}
              onChange={(environments) => change({ environments })}
            >
              <Group gap="md" mt="xs">
                {known.map((name) => (
                  <Checkbox key={name} value={name} label={name} />
                ))}
              </Group>
            </Checkbox.Group>
          )}
          <ReasonField
            value={texts.reason}
            onChange={(reason) => change({ reason })}
            fault={tried ? faults.reason : null}
            description="Everyone whose rollout waits for its end reads it. It is in the audit log."
          />
          <p className={classes.text}>
            {texts.environments.length === 0
              ? 'No wave starts in any environment'
              : `No wave starts in ${texts.environments.join(', ')}`}{' '}
            in this time. Waves that are under way go on.
          </p>
          {create.error && (
            <ErrorState
              change
              error={create.error}
              what="The freeze was not planned"
              lost="What you typed is still here."
            />
          )}
          <Group>
            <Button type="submit" loading={create.isPending}>
              Plan the freeze
            </Button>
          </Group>
        </Stack>
      </form>
    </SidePanel>
  )
}
