'use client'

import { Tooltip } from '@mantine/core'
import { useEffect, useState } from 'react'

/** The bubble of a {@link Hint}. It starts open, because its target is already hovered or focused. */
export function HintBubble({ target, label }: { target: HTMLElement; label: string }) {
  const [open, setOpen] = useState(true)
  useEffect(() => {
    const show = () => setOpen(true)
    const hide = () => setOpen(false)
    const hideOnEscape = (event: KeyboardEvent) => event.key === 'Escape' && hide()
    const ends = new AbortController()
    for (const event of ['pointerenter', 'focus']) target.addEventListener(event, show, { signal: ends.signal })
    for (const event of ['pointerleave', 'blur']) target.addEventListener(event, hide, { signal: ends.signal })
    document.addEventListener('keydown', hideOnEscape, { signal: ends.signal })
    return () => ends.abort()
  }, [target])
  return <Tooltip target={target} label={label} opened={open} multiline maw={320} aria-hidden />
}
