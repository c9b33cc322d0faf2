'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type LimitName, reasonFault } from '@tickwatch/policy'
import { useState } from 'react'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { useDraft } from '../../lib/useDraft.ts'
import {
  beginEdit,
  type EnvelopeLine,
  type EnvelopeLines,
  editSchema,
  linesOf,
  readEdit,
  readLine,
} from './envelope.ts'

/** The state of the editor: what was entered, what is wrong with it, what another admin changed, and how to send it. */
export function useEnvelopeEdit(tenant: Outputs['tenant']['get']) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const form = useDraft(`${tenant.id} envelope`, editSchema, () => beginEdit(tenant.envelope))
  const [tried, setTried] = useState(false)
  const { base, lines, reason, ...read } = readEdit(form.draft, tenant.envelope)
  const faulty = Object.keys(read.faults).length > 0
  const dirty = read.changed.length > 0 || faulty
  const begin = () => {
    form.discard()
    setTried(false)
  }
  const save = useMutation(
    trpc.tenant.setEnvelope.mutationOptions({
      onSuccess: (saved) => {
        queryClient.setQueryData(trpc.tenant.get.queryKey({ id: saved.id }), saved)
        begin()
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
    faulty,
    dirty,
    restored: form.restored && dirty,
    /** What is wrong with a row. Before the person tries to send it, only what can't be read. */
    rowFault: (name: LimitName) => {
      const { min, max, fault } = readLine(name, lines[name])
      if (!fault || tried) return fault
      const shown = (value: number | null, text: string) => value === null && text.trim() !== ''
      return {
        min: shown(min, lines[name].min) ? fault.min : null,
        max: shown(max, lines[name].max) ? fault.max : null,
      }
    },
    reasonFault: tried && dirty ? reasonFault(reason) : null,
    setReason: (text: string) => form.change({ base, lines, reason: text }),
    change: (name: LimitName, line: EnvelopeLine) => form.change({ base, lines: { ...lines, [name]: line }, reason }),
    discard: () => {
      begin()
      save.reset()
    },
    /** @returns false if something must be corrected first. */
    send: (): boolean => {
      setTried(true)
      if (faulty || read.inForce || reasonFault(reason)) return false
      // On top of what another admin set meanwhile, with the fields of this edit as they were typed.
      const onTop: EnvelopeLines = linesOf(read.next)
      for (const name of read.changed) onTop[name] = lines[name]
      form.change({ base: tenant.envelope, lines: onTop, reason })
      save.mutate({ id: tenant.id, base: tenant.envelope, envelope: read.next, reason: reason.trim() })
      return true
    },
    sending: save.isPending,
    error: save.error,
    saved: save.isSuccess && !dirty,
  }
}
