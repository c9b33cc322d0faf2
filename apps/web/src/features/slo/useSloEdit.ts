'use client'

import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { reasonFault } from '@tickwatch/policy'
import { useState } from 'react'
import { alone } from '../../lib/trpc/alone.ts'
import { type Outputs, useTRPC, useTRPCClient } from '../../lib/trpc/client.ts'
import { useDraft } from '../../lib/useDraft.ts'
import {
  emptyTexts,
  faultsByField,
  faultsOfError,
  readTexts,
  type SentDefinition,
  type SloTexts,
  textsOf,
  textsSchema,
  whyWithoutPreview,
} from './sloForm.ts'

export type StoredSlo = Outputs['slo']['definition']
const askAfterMs = 500

/** The state of the editor: what was typed, what is wrong with it, what it would measure, and functions to save it. */
export function useSloEdit(stored: StoredSlo | null, onSaved: (result: Outputs['slo']['save']) => void) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const begin = () => (stored ? textsOf(stored.definition) : emptyTexts)
  const form = useDraft(`slo ${stored?.id ?? 'new'}`, textsSchema, begin)
  // The edit is based on what its author saw, so that another person's later edit is a conflict.
  const [baseVersion, setBaseVersion] = useState(stored?.version ?? 0)
  /** Faults of empty fields are shown after the person tried to save. */
  const [tried, setTried] = useState(false)
  const { draft: texts } = form
  const { definition, faults: unread } = readTexts(texts)
  const { judged, preview, isAsking } = useJudged(definition)
  const measuresAnew = JSON.stringify(definition?.sli) !== JSON.stringify(stored?.definition.sli)
  const faults = {
    ...(judged.data ? faultsByField(judged.data.faults) : faultsOfError(judged.error)),
    ...unread,
  }
  // An SLO whose series are gone must still be editable, and one can be made before its series are there.
  const doubts = preview.data && measuresAnew ? preview.data.faults : []
  const [seen, setSeen] = useState<string | null>(null)
  const save = useMutation(
    trpc.slo.save.mutationOptions({
      onSuccess: (result) => {
        form.drop()
        onSaved(result)
      },
      onSettled: () =>
        Promise.all([
          queryClient.invalidateQueries(trpc.slo.pathFilter()),
          queryClient.invalidateQueries(trpc.sloReads.pathFilter()),
          queryClient.invalidateQueries(trpc.changeRequest.pathFilter()),
        ]),
    }),
  )
  const asked = JSON.stringify(definition)
  const refused = whyWithoutPreview(save.error)
  const why = refused.length > 0 ? refused : seen === asked ? doubts.map(({ message }) => message) : []
  const sendNow = (withoutPreview: boolean) => {
    if (!definition || save.isPending) return
    setSeen(null)
    save.mutate({ definition, baseVersion, reason: texts.reason.trim(), withoutPreview })
  }
  return {
    texts,
    faults: { ...faultsByField(doubts), ...faults },
    /** Whether to show the fault of a field: an empty one is not wrong before the person tries to save. */
    shows: (text: string) => tried || text.trim() !== '',
    judgement: judged.data,
    judgeError: Object.keys(faults).length === 0 ? judged.error : null,
    preview,
    objective: definition?.objective ?? null,
    reasonFault: tried ? reasonFault(texts.reason) : null,
    change: (part: Partial<SloTexts>) => {
      if (refused.length > 0) save.reset()
      form.change({ ...texts, ...part })
    },
    restored: form.restored,
    touched: form.touched,
    discard: () => {
      form.discard()
      setBaseVersion(stored?.version ?? 0)
      setTried(false)
      save.reset()
    },
    /** Somebody saved another version after this edit was begun. */
    overtaken: stored !== null && stored.version !== baseVersion && save.isIdle,
    /** @returns false if something must be corrected first */
    send: (): boolean => {
      setTried(true)
      if (!definition || Object.keys(faults).length > 0 || reasonFault(texts.reason)) return false
      // The API judges it again, so a person need not wait for the judgement.
      if (doubts.length > 0) setSeen(asked)
      else sendNow(false)
      return true
    },
    /** Why the person should look again before this is saved without a preview; null if they need not. */
    secondLook:
      why.length === 0 || save.isPending
        ? null
        : {
            sentences: why,
            sendAnyway: () => sendNow(true),
            goBack: () => {
              setSeen(null)
              save.reset()
            },
          },
    isAsking,
    saving: save.isPending,
    error: refused.length > 0 ? null : save.error,
  }
}

/** What the API says of a definition, once the person stops typing: its faults first, and a preview if it has none. */
function useJudged(definition: SentDefinition | null) {
  const client = useTRPCClient()
  const asked = JSON.stringify(definition)
  const [settled] = useDebouncedValue(asked, askAfterMs)
  const isSettled = settled === asked && definition !== null
  const options = { retry: false, staleTime: 60_000, refetchOnWindowFocus: false }
  const judged = useQuery({
    ...options,
    queryKey: ['slo judgement', settled],
    queryFn: () => client.slo.judge.mutate({ definition: JSON.parse(settled) }),
    enabled: isSettled,
  })
  const sound = judged.data !== undefined && judged.data.faults.length === 0
  const preview = useQuery({
    ...options,
    queryKey: ['slo preview', settled],
    queryFn: () => client.slo.preview.mutate({ definition: JSON.parse(settled) }, alone),
    enabled: isSettled && sound,
  })
  return { judged, preview, isAsking: definition !== null && (!isSettled || judged.isFetching) }
}
