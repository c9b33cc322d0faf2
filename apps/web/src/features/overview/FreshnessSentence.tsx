'use client'

import { Status } from '../../components/Status.tsx'
import { freshnessWords } from '../../frame/freshness.ts'
import { useNow } from '../../lib/now.ts'

type FreshnessSentenceProps = { freshness: Parameters<typeof freshnessWords>[0]; receivedMs: number }

/** {@link freshnessWords} as a sentence with its icon. */
export function FreshnessSentence({ freshness, receivedMs }: FreshnessSentenceProps) {
  const { kind, words, detail } = freshnessWords(freshness, receivedMs, useNow())
  return (
    <Status kind={kind}>
      {words}
      {detail && `, ${kind === 'good' ? 'newest data ' : ''}${detail}`}.
    </Status>
  )
}
