'use client'

import dynamic from 'next/dynamic'
import { cloneElement, type ReactElement, type SyntheticEvent, useState } from 'react'

const HintBubble = dynamic(() => import('./HintBubble.tsx').then((m) => m.HintBubble), { ssr: false })

type Target = ReactElement<{
  onPointerEnter?: (event: SyntheticEvent<HTMLElement>) => void
  onFocus?: (event: SyntheticEvent<HTMLElement>) => void
  'aria-description'?: string
}>

/**
 * An explanation on hover, focus and touch. Its code loads with the first hint that opens: Mantine's positioning is
 * large, and every page can be read without it.
 * @param children a button or a link.
 * @param described false if the label only repeats the child's own words.
 */
export function Hint({ label, described = true, children }: { label: string; described?: boolean; children: Target }) {
  const [target, setTarget] = useState<HTMLElement | null>(null)
  const want = (event: SyntheticEvent<HTMLElement>) => setTarget(event.currentTarget)
  return (
    <>
      {cloneElement(children, {
        onPointerEnter: want,
        onFocus: want,
        ...(described ? { 'aria-description': label } : {}),
      })}
      {target && <HintBubble target={target} label={label} />}
    </>
  )
}
