'use client'

import { CloseButton } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import classes from './Notice.module.css'

/** What became of the change that was just made, on top of the page until it is hidden. */
export function Notice({ title, onDismiss, children }: { title: string; onDismiss: () => void; children: ReactNode }) {
  const box = useRef<HTMLElement>(null)
  // The change may have been made from further down.
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), [])
  return (
    <section ref={box} className={classes.notice} aria-label="Your change">
      <h2>{title}</h2>
      {children}
      <CloseButton size="sm" className={classes.dismiss} aria-label="Hide" onClick={onDismiss} />
    </section>
  )
}
