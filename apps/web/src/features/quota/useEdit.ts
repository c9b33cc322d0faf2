'use client'

import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { reasonFault } from '@tickwatch/policy'
import { useState } from 'react'
import { useMe } from '../../lib/me.tsx'
import { useNow } from '../../lib/now.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { type Draft, dropDraft, endFault, endsAtOf, keepDraft, readDraft } from './draft.ts'
import type { EditState } from './editLink.ts'
import { localImpact, valueFault, type Wanted } from './impact.ts'
import { conflictOf, usePropose } from './usePropose.ts'

type QuotaView = Outputs['quota']['current']

/** The state of the editor: what was entered, what is wrong with it, what it would do, and functions to send it. */
export function useEdit(quota: QuotaView, edit: EditState, onDone: (result: Outputs['quota']['propose']) => void) {
  const { limits } = edit
  const place = { subject: useMe().subject, tenantId: quota.tenant.id, limit: limits[0] }
  const [untouched] = useState(() => firstDraft(edit))
  const [kept] = useState(() => (edit.revertOf === null ? readDraft(place) : null))
  const [draft, setDraft] = useState<Draft>(kept ?? untouched)
  const [restored, setRestored] = useState(kept !== null)
  /** Faults of empty fields are shown after the person tries to send. */
  const [tried, setTried] = useState(false)
  // The edit is based on what its author saw, so that another person's later edit is a conflict.
  const [baseRevision, setBaseRevision] = useState(quota.revision)
  const now = useNow(10_000)

  const wanted: Wanted = {}
  for (const limit of limits) {
    wanted[limit] = limit in draft.wanted ? (draft.wanted[limit] ?? null) : quota.resolved[limit]
  }
  const valueFaults = limits.map((limit) => valueFault(limit, wanted[limit] ?? null))
  const sound = valueFaults.every((fault) => fault === null)
  const impact = useImpact(quota, wanted, sound)
  const faults = {
    reason: reasonFault(draft.reason),
    end: endFault(draft.end, now || Date.now()),
    unchanged: impact.changes.length === 0 ? 'This is the limit already.' : null,
  }

  const propose = usePropose((result) => {
    dropDraft(place)
    onDone(result)
  })
  const send = (base: number) => {
    setTried(true)
    if (propose.isPending || !sound || faults.reason || faults.unchanged || endFault(draft.end, Date.now())) return
    setBaseRevision(base)
    propose.mutate({
      limits: impact.limits,
      reason: draft.reason.trim(),
      baseRevision: base,
      endsAt: endsAtOf(draft.end, Date.now()),
    })
  }

  return {
    draft,
    wanted,
    impact,
    endsAt: endsAtOf(draft.end, now || Date.now()),
    /** True if an earlier draft is shown. */
    restored,
    touched: draft !== untouched,
    valueFault: (i: number) => valueFaults[i] ?? (tried && i === 0 ? faults.unchanged : null),
    reasonFault: tried ? faults.reason : null,
    endFault: tried ? faults.end : null,
    change: (part: Partial<Draft>) => {
      const next = { ...draft, ...part }
      setDraft(next)
      keepDraft(place, next)
    },
    discard: () => {
      dropDraft(place)
      setDraft(untouched)
      setRestored(false)
      setTried(false)
    },
    forget: () => dropDraft(place),
    send: () => send(baseRevision),
    /** Sends the edit over another person's change. */
    sendOnTop: (revision: number) => send(revision),
    sending: propose.isPending,
    error: propose.error,
    conflict: conflictOf(propose.error),
  }
}

function firstDraft(edit: EditState): Draft {
  const wanted: Wanted = {}
  edit.limits.forEach((limit, i) => {
    const value = edit.values[i]
    if (value !== null && value !== undefined) wanted[limit] = value
  })
  return { wanted, reason: edit.revertOf === null ? '' : `Revert change ${edit.revertOf}`, end: { kind: 'stays' } }
}

/**
 * Computed here at once, and by the API when the person stops typing. The API's answer wins: the envelope may have
 * changed.
 */
function useImpact(quota: QuotaView, wanted: Wanted, sound: boolean) {
  const trpc = useTRPC()
  const local = localImpact(quota.envelope, quota.resolved, wanted)
  const { limits } = local
  const asked = JSON.stringify(limits)
  const [settled] = useDebouncedValue(asked, 250)
  const { data } = useQuery(
    trpc.quota.impact.queryOptions({ limits }, { enabled: sound && local.changes.length > 0 && settled === asked }),
  )
  return data && settled === asked ? { ...data, limits } : local
}
