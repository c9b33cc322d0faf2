'use client'

import { useState } from 'react'
import type { z } from 'zod/mini'
import { dropDraft, keepDraft, readDraft } from './draft.ts'
import { useMe } from './me.tsx'

/**
 * What a form holds. It survives Escape, Back and a reload, until the person sends or discards it.
 * @param form names the form and what it edits: `acme envelope`.
 * @param begin what the form holds if nothing was entered before.
 * @param fresh true to begin even if there is a draft.
 */
export function useDraft<T>(form: string, schema: z.ZodMiniType<T>, begin: () => T, fresh = false) {
  const { subject } = useMe()
  const [untouched, setUntouched] = useState(begin)
  const [kept] = useState(() => (fresh ? null : readDraft(subject, form, schema)))
  const [draft, setDraft] = useState(kept ?? untouched)
  const [restored, setRestored] = useState(kept !== null)
  const drop = () => dropDraft(subject, form)
  return {
    draft,
    /** True while an earlier draft is shown. */
    restored,
    touched: draft !== untouched,
    change: (next: T) => {
      setDraft(next)
      keepDraft(subject, form, next)
    },
    drop,
    /** Shows the form as it begins. */
    discard: () => {
      const empty = begin()
      drop()
      setUntouched(empty)
      setDraft(empty)
      setRestored(false)
    },
  }
}
