'use client'

import { useDebouncedValue } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { reasonFault } from '@tickwatch/policy'
import { useState } from 'react'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC, useTRPCClient } from '../../lib/trpc/client.ts'
import { useTyped } from '../../lib/useTyped.ts'
import {
  type Draft,
  type EditedWave,
  editedOf,
  faultsOf,
  readPlan,
  type WaveFaults,
  type WaveTexts,
} from './planForm.ts'
import { moveGroup, type Place, removeWave } from './planWaves.ts'

const askAfterMs = 500
/** What blocks a plan changes without it: an alarm, a freeze window, a refresh that ends. */
export const checkEveryMs = 10_000

type Edited = { waves: EditedWave[]; reason: string }
type Asked = { number: number; changeRequestId: string }

/** The state of the form that asks for a rollout: what was typed, what the API says of it, and a function to ask. */
export function usePlanEdit(imageId: string, environment: string, draft: Draft, onAsked: (asked: Asked) => void) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const typed = useTyped<Edited>(`rollout ${imageId} ${environment} ${draft.planSha256}`, {
    waves: editedOf(draft.plan),
    reason: '',
  })
  const [tried, setTried] = useState(false)
  const { waves, reason } = typed.value
  const read = readPlan(draft.plan, waves)
  const checked = useChecked(imageId, environment, read.plan)
  // Until the API has answered about these texts, what it said of the last ones stays.
  const shown = checked.data ?? draft
  const found = faultsOf(shown)
  const waveFaults = read.faults.map((own, i): WaveFaults => ({ ...found.waves[waves[i]?.wave.name ?? ''], ...own }))
  const isSound = read.plan !== null && shown.faults.length === 0
  const ask = useMutation(
    trpc.rollout.ask.mutationOptions({
      onSuccess: (asked) => {
        typed.forget()
        onAsked(asked)
      },
      onSettled: () =>
        Promise.all([
          queryClient.invalidateQueries({ queryKey: trpc.rollout.pathKey() }),
          queryClient.invalidateQueries({ queryKey: trpc.changeRequest.pathKey() }),
        ]),
    }),
  )
  return {
    waves,
    reason,
    shown,
    waveFaults,
    groupFaults: found.groups,
    otherFaults: found.others,
    reasonFault: tried ? reasonFault(reason) : null,
    isReadable: read.plan !== null,
    isAsking: checked.isFetching || !checked.isSettled,
    checkError: checked.error,
    changeWave: (index: number, part: Partial<WaveTexts>) =>
      typed.type({
        reason,
        waves: waves.map(({ wave, texts }, i) => ({ wave, texts: i === index ? { ...texts, ...part } : texts })),
      }),
    move: (group: string, place: Place) => typed.type({ reason, waves: moveGroup(waves, group, place) }),
    remove: (index: number) => typed.type({ reason, waves: removeWave(waves, index) }),
    changeReason: (next: string) => typed.type({ waves, reason: next }),
    /** @returns false if something must be corrected first */
    send: (): boolean => {
      setTried(true)
      if (!isSound || read.plan === null || reasonFault(reason)) return false
      ask.mutate({ imageId, environment, plan: read.plan, reason: reason.trim() })
      return true
    },
    isSending: ask.isPending,
    error: ask.error,
  }
}

/** What the API says of a plan, once the person stops typing. */
function useChecked(imageId: string, environment: string, plan: Draft['plan'] | null) {
  const client = useTRPCClient()
  const asked = JSON.stringify(plan)
  const [settled] = useDebouncedValue(asked, askAfterMs)
  const [last, keep] = useState<Draft | undefined>(undefined)
  const check = useQuery({
    queryKey: ['rollout check', imageId, environment, settled],
    queryFn: () => client.rollout.check.mutate({ imageId, environment, plan: JSON.parse(settled) }, alone),
    enabled: plan !== null && settled === asked,
    retry: false,
    refetchInterval: checkEveryMs,
  })
  if (check.data && check.data !== last) keep(check.data)
  return {
    data: check.data ?? last,
    error: check.error,
    isFetching: check.isLoading,
    isSettled: settled === asked,
  }
}
