'use client'

import { CloseButton } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import classes from './Notice.module.css'

/** Follows the change that the person just made. It stays at the top of the page until the person hides it. */
export function Notice({ title, onDismiss, children }: { title: string; onDismiss: () => void; children: ReactNode }) {
  const box = useRef<HTMLElement>(null)
  // The person may have made the change further down the page.
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), [])
  return (
    <section ref={box} className={classes.notice} aria-label="Your change">
      <h2>{title}</h2>
      {children}
      <CloseButton size="sm" className={classes.dismiss} aria-label="Hide" onClick={onDismiss} />
    </section>
  )
}
