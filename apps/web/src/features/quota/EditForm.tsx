'use client'

import { Button, Stack, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { IconPlus } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { type LimitName, limitDefinitions, limitNames } from '@tickwatch/policy'
import { type FormEvent, useId, useState } from 'react'
import { Panel } from '../../components/Panel.tsx'
import { ErrorState } from '../../components/StateView.tsx'
import { useNow } from '../../lib/now.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { ConflictNotice } from './ConflictNotice.tsx'
import { type Draft, dropDraft, endFault, endsAtOf, keepDraft, readDraft } from './draft.ts'
import classes from './EditQuota.module.css'
import { EndField } from './EndField.tsx'
import type { EditState } from './editLink.ts'
import { buttonWords, localImpact, valueFault, type Wanted } from './impact.ts'
import { LimitField } from './LimitField.tsx'
import { conflictOf, usePropose } from './usePropose.ts'
import { useUsage } from './useUsage.ts'
import { WhatItDoes } from './WhatItDoes.tsx'

type QuotaView = Outputs['quota']['current']

export function EditForm({
  quota,
  edit,
  onAddLimit,
  onClose,
  onDone,
}: {
  quota: QuotaView
  edit: EditState
  onAddLimit: (limit: LimitName) => void
  onClose: () => void
  onDone: (result: Outputs['quota']['propose']) => void
}) {
  const tenantId = quota.tenant.id
  const { limits } = edit
  const [first] = limits
  const [kept] = useState(() => (edit.revertOf === null ? readDraft(tenantId, first) : null))
  const [untouched] = useState(() => firstDraft(edit))
  const [draft, setDraft] = useState<Draft>(kept ?? untouched)
  const [restored, setRestored] = useState(kept !== null)
  const [tried, setTried] = useState(false)
  // An edit is judged against what its author saw: another's later edit is a conflict, not a surprise.
  const [baseRevision, setBaseRevision] = useState(quota.revision)
  const usage = useUsage()
  const now = useNow(10_000)
  const whatId = useId()

  const wanted: Wanted = {}
  for (const limit of limits)
    wanted[limit] = limit in draft.wanted ? (draft.wanted[limit] ?? null) : quota.resolved[limit]
  const faults = new Map(limits.map((limit) => [limit, valueFault(limit, wanted[limit] ?? null)]))
  const impact = useImpact(
    quota,
    wanted,
    [...faults.values()].every((f) => f === null),
  )
  const endsAt = endsAtOf(draft.end, now || Date.now())
  const reasonFault = draft.reason.trim().length < 3 ? 'Say why, in at least 3 characters.' : null
  const unchanged = impact.changes.length === 0 ? 'This is the limit already.' : null

  const change = (part: Partial<Draft>) => {
    const next = { ...draft, ...part }
    setDraft(next)
    keepDraft(tenantId, first, next)
  }
  const propose = usePropose((result) => {
    dropDraft(tenantId, first)
    onDone(result)
  })
  const conflict = conflictOf(propose.error)

  const send = (base: number) => {
    setTried(true)
    const end = endFault(draft.end, Date.now())
    if ([...faults.values()].some((f) => f !== null) || reasonFault || unchanged || end) return
    const changed = Object.fromEntries(impact.changes.map((c) => [c.limit, c.to]))
    setBaseRevision(base)
    propose.mutate({
      limits: changed,
      reason: draft.reason.trim(),
      baseRevision: base,
      endsAt: endsAtOf(draft.end, Date.now()),
    })
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!propose.isPending) send(baseRevision)
  }
  const discard = () => {
    dropDraft(tenantId, first)
    setDraft(untouched)
    setRestored(false)
    setTried(false)
  }

  const others = limitNames.filter((limit) => !limits.includes(limit))
  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        {edit.revertOf !== null && (
          <p className={classes.note}>These are the values from before change {edit.revertOf}.</p>
        )}
        {restored && (
          <p className={classes.note}>
            This is what you entered before.{' '}
            <Button size="compact-xs" variant="default" onClick={discard}>
              Discard it
            </Button>
          </p>
        )}
        {limits.map((limit, i) => (
          <LimitField
            key={limit}
            limit={limit}
            value={wanted[limit] ?? null}
            present={quota.resolved[limit]}
            envelope={quota.envelope[limit] ?? null}
            p99={usage.data?.meters.find((m) => m.limit === limit)?.p99 ?? null}
            fault={faults.get(limit) ?? (tried && i === 0 ? unchanged : null)}
            focus={i === 0}
            onChange={(value) => change({ wanted: { ...draft.wanted, [limit]: value } })}
          />
        ))}
        {others.length > 0 && (
          <div>
            <Panel
              label="Change another limit"
              width={240}
              trigger={(props) => (
                <Button size="compact-xs" variant="subtle" leftSection={<IconPlus size={14} aria-hidden />} {...props}>
                  Change another limit with it
                </Button>
              )}
            >
              {(close) =>
                others.map((limit) => (
                  <Button
                    key={limit}
                    variant="subtle"
                    color="gray"
                    size="compact-sm"
                    fullWidth
                    justify="flex-start"
                    onClick={() => {
                      close()
                      onAddLimit(limit)
                    }}
                  >
                    {limitDefinitions[limit].title}
                  </Button>
                ))
              }
            </Panel>
          </div>
        )}
        <TextInput
          label="Reason"
          description="Kept in the history and the audit log."
          placeholder="For example: launch weekend in eu-central"
          maxLength={500}
          value={draft.reason}
          error={tried ? reasonFault : null}
          onChange={(event) => change({ reason: event.currentTarget.value })}
        />
        <EndField
          end={draft.end}
          fault={tried ? endFault(draft.end, now || Date.now()) : null}
          onChange={(end) => change({ end })}
        />
        <section className={classes.what} aria-labelledby={whatId}>
          <h3 id={whatId} className={classes.whatTitle}>
            What this will do
          </h3>
          <div aria-live="polite">
            <WhatItDoes quota={quota} impact={impact} usage={usage.data} endsAt={endsAt} />
          </div>
        </section>
        {conflict ? (
          <ConflictNotice
            conflict={conflict}
            wanted={wanted}
            again={`${buttonWords(impact)} on top`}
            busy={propose.isPending}
            onAgain={() => send(conflict.currentRevision)}
            onKeepTheirs={() => {
              dropDraft(tenantId, first)
              onClose()
            }}
          />
        ) : (
          <>
            {propose.error && (
              <ErrorState error={propose.error} what="This was not applied" lost="What you entered is kept." />
            )}
            <div className={classes.buttons}>
              <Button type="submit" loading={propose.isPending}>
                {buttonWords(impact)}
              </Button>
              <Button variant="default" onClick={onClose}>
                {draft === untouched ? 'Close' : 'Close, keep the draft'}
              </Button>
            </div>
          </>
        )}
      </Stack>
    </form>
  )
}

function firstDraft(edit: EditState): Draft {
  const wanted: Wanted = {}
  edit.limits.forEach((limit, i) => {
    const value = edit.values[i]
    if (value !== null && value !== undefined) wanted[limit] = value
  })
  return { wanted, reason: edit.revertOf === null ? '' : `Revert change ${edit.revertOf}`, end: { kind: 'stays' } }
}

/** Judged here at once, and by the API as soon as the person pauses: its word counts, the envelope may have moved. */
function useImpact(quota: QuotaView, wanted: Wanted, sound: boolean) {
  const trpc = useTRPC()
  const local = localImpact(quota.envelope, quota.resolved, wanted)
  const limits = Object.fromEntries(local.changes.map((c) => [c.limit, c.to]))
  const asked = JSON.stringify(limits)
  const [settled] = useDebouncedValue(asked, 250)
  const { data } = useQuery(
    trpc.quota.impact.queryOptions({ limits }, { enabled: sound && local.changes.length > 0 && settled === asked }),
  )
  return data && settled === asked ? data : local
}
