'use client'

import { useDebouncedValue } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { reasonFault } from '@tickwatch/policy'
import { useState } from 'react'
import { formatInteger } from '../../lib/format.ts'
import { serverNow, useNow } from '../../lib/now.ts'
import { readLimitValue } from '../../lib/numberInput.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { useDraft } from '../../lib/useDraft.ts'
import { changesText } from '../changeRequest/request.ts'
import { boostSecondsOf, draftName, endFault, endsAtOf } from './draft.ts'
import { type Draft, draftSchema } from './draftSchema.ts'
import type { EditState } from './editLink.ts'
import { harmSentence, localImpact, type Wanted } from './impact.ts'
import { isMetered, isStale, type UsageNow } from './usage.ts'
import { conflictOf, usePropose } from './usePropose.ts'

type QuotaView = Outputs['quota']['current']

/** The state of the editor: what was entered, what is wrong with it, what it would do, and functions to send it. */
export function useEdit(
  quota: QuotaView,
  usage: UsageNow | undefined,
  edit: EditState,
  onDone: (result: Outputs['quota']['propose']) => void,
) {
  const { limits } = edit
  const form = useDraft(
    draftName(quota.tenant.id, limits[0]),
    draftSchema,
    () => firstDraft(edit),
    edit.revertOf !== null,
  )
  const { draft } = form
  /** Faults of empty fields are shown after the person tries to send. */
  const [tried, setTried] = useState(false)
  /** What the person is asked to look at again, before it is sent on top of `base`. */
  const [secondLook, setSecondLook] = useState<{ limits: string; base: number } | null>(null)
  // The edit is based on what its author saw, so that another person's later edit is a conflict.
  const [baseRevision, setBaseRevision] = useState(quota.revision)
  const now = useNow(10_000)

  const wanted: Wanted = {}
  const fields = limits.map((limit) => {
    const text = draft.typed[limit] ?? formatInteger(quota.resolved[limit])
    const { value, fault } = readLimitValue(limit, text)
    wanted[limit] = value
    return { limit, text, value, fault }
  })
  const sound = fields.every(({ fault }) => fault === null)
  const impact = useImpact(quota, wanted, sound)
  const asked = JSON.stringify(impact.limits)
  const live = usage && !isStale(usage.asOf, now) ? usage : undefined
  const harms = impact.changes.flatMap((change) => {
    const used = live?.meters.find(({ limit }) => limit === change.limit)?.used ?? null
    const burst = wanted['ingest.burstSamples'] ?? quota.resolved['ingest.burstSamples']
    const sentence = isMetered(change.limit) ? harmSentence(change, used, burst, quota.tenant.id) : null
    return sentence === null ? [] : [{ ...change, sentence }]
  })
  const harmful = sound && harms.some(({ from, to }) => to < from)
  const faults = {
    reason: reasonFault(draft.reason),
    end: endFault(draft.end, now || serverNow()),
    unchanged: sound && impact.changes.length === 0 ? 'This is the limit already.' : null,
  }

  const propose = usePropose(changesText(impact.changes), (result) => {
    form.drop()
    onDone(result)
  })
  /** @returns false if something must be corrected first. */
  const send = (base: number, lookedAgain: boolean): boolean => {
    setTried(true)
    if (!sound || faults.reason || faults.unchanged || endFault(draft.end, serverNow())) return false
    if (propose.isPending) return true
    if (harmful && !lookedAgain) {
      setSecondLook({ limits: asked, base })
      return true
    }
    setSecondLook(null)
    setBaseRevision(base)
    propose.mutate({
      limits: impact.limits,
      reason: draft.reason.trim(),
      baseRevision: base,
      endsAt: endsAtOf(draft.end, serverNow()),
      boostSeconds: boostSecondsOf(draft.end),
    })
    return true
  }

  return {
    draft,
    fields: fields.map((field, i) => ({
      ...field,
      fault: field.fault ?? (tried && i === 0 ? faults.unchanged : null),
    })),
    wanted,
    /** Null while a number can't be read. */
    impact: sound ? impact : null,
    harms,
    endsAt: endsAtOf(draft.end, now || serverNow()),
    boostSeconds: boostSecondsOf(draft.end),
    restored: form.restored,
    touched: form.touched,
    reasonFault: tried ? faults.reason : null,
    endFault: tried ? faults.end : null,
    change: (part: Partial<Draft>) => form.change({ ...draft, ...part }),
    discard: () => {
      form.discard()
      setTried(false)
    },
    forget: form.drop,
    send: () => send(baseRevision, false),
    /** Sends the edit over another person's change. */
    sendOnTop: (revision: number) => send(revision, false),
    /** Not null while the person is asked to look again at a reduction below present use. */
    secondLook:
      secondLook?.limits === asked && harmful
        ? { sendAnyway: () => send(secondLook.base, true), goBack: () => setSecondLook(null) }
        : null,
    /** Somebody, or the end of a boost, changed the tenant's limits after this edit was begun. */
    overtaken: quota.revision !== baseRevision && propose.isIdle,
    sending: propose.isPending,
    error: propose.error,
    conflict: conflictOf(propose.error),
  }
}

function firstDraft(edit: EditState): Draft {
  const typed: Draft['typed'] = {}
  edit.limits.forEach((limit, i) => {
    const value = edit.values[i]
    if (value !== null && value !== undefined) typed[limit] = formatInteger(value)
  })
  return { typed, reason: edit.revertOf === null ? '' : `Revert change ${edit.revertOf}`, end: { kind: 'stays' } }
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
