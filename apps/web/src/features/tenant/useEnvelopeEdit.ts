'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type LimitName, reasonFault } from '@tickwatch/policy'
import { useState } from 'react'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { beginEdit, type EnvelopeLine, readEdit } from './envelope.ts'

/** The state of the editor: what was entered, what is wrong with it, what another admin changed, and how to send it. */
export function useEnvelopeEdit(tenant: Outputs['tenant']['get']) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const [kept, setKept] = useState(() => beginEdit(tenant.envelope))
  const [reason, setReason] = useState('')
  const { base, lines, tried, ...read } = readEdit(kept, tenant.envelope)
  const faulty = Object.keys(read.faults).length > 0
  const dirty = read.changed.length > 0 || faulty
  const save = useMutation(
    trpc.tenant.setEnvelope.mutationOptions({
      onSuccess: (saved) => {
        setKept(beginEdit(saved.envelope))
        setReason('')
        queryClient.setQueryData(trpc.tenant.get.queryKey({ id: saved.id }), saved)
        return queryClient.invalidateQueries({ queryKey: trpc.tenant.list.pathKey() })
      },
      // Another admin may have set an envelope meanwhile.
      onError: () => queryClient.invalidateQueries({ queryKey: trpc.tenant.get.queryKey({ id: tenant.id }) }),
    }),
  )
  return {
    ...read,
    base,
    lines,
    reason,
    setReason,
    dirty,
    boundsFault: (name: LimitName) => (tried ? (read.faults[name] ?? null) : null),
    reasonFault: tried ? reasonFault(reason) : null,
    change: (name: LimitName, line: EnvelopeLine) => setKept({ base, lines: { ...lines, [name]: line }, tried }),
    discard: () => {
      setKept(beginEdit(tenant.envelope))
      save.reset()
    },
    send: () => {
      if (faulty || read.inForce || reasonFault(reason)) return setKept({ base, lines, tried: true })
      setKept({ ...beginEdit(read.next), base: tenant.envelope, tried: true })
      save.mutate({ id: tenant.id, base: tenant.envelope, envelope: read.next, reason: reason.trim() })
    },
    sending: save.isPending,
    error: save.error,
    saved: save.isSuccess && !dirty,
  }
}
