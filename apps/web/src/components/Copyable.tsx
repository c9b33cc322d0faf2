'use client'

import { Button } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { useId } from 'react'
import classes from './Copyable.module.css'
import { IconCheck, IconCopy } from './icons.tsx'

/** Text for use elsewhere, shown in full, with a button that copies it. */
export function Copyable({ label, text }: { label: string; text: string }) {
  const id = useId()
  const clipboard = useClipboard({ timeout: 2_000 })
  const Icon = clipboard.copied ? IconCheck : IconCopy
  return (
    <figure className={classes.figure} aria-labelledby={id}>
      <figcaption className={classes.head}>
        <span id={id}>{label}</span>
        <Button
          size="compact-xs"
          variant="default"
          leftSection={<Icon size={14} />}
          aria-label={`Copy: ${label}`}
          onClick={() => clipboard.copy(text)}
        >
          <span role="status">{clipboard.copied ? 'Copied' : 'Copy'}</span>
        </Button>
      </figcaption>
      <pre className={classes.text}>{text}</pre>
      {clipboard.error && (
        <p role="alert" className={classes.fault}>
          The browser blocked copying. Select the text and copy it by hand.
        </p>
      )}
    </figure>
  )
}
