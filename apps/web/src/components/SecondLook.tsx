'use client'

import { Alert, Button } from '@mantine/core'
import { useEffect, useRef } from 'react'
import { IconAlertTriangle } from './icons.tsx'
import classes from './SecondLook.module.css'

/** Asks the person to look again before a change that may be a mistake is sent. It stands in place of the button. */
export function SecondLook({
  title,
  sentences,
  words,
  back,
  onAnyway,
  onBack,
}: {
  title: string
  /** What it would do, or not do. */
  sentences: readonly string[]
  /** The label of the button that sends it: `Apply 125 samples/s anyway`. */
  words: string
  /** The label of the button that does not send it. */
  back: string
  onAnyway: () => void
  onBack: () => void
}) {
  const box = useRef<HTMLDivElement>(null)
  // The focus is on the text, so that a second Enter or click does not send what nobody has read.
  useEffect(() => box.current?.focus(), [])
  return (
    <Alert
      ref={box}
      tabIndex={-1}
      className={classes.box}
      color="red"
      icon={<IconAlertTriangle size={18} />}
      title={title}
      role="alert"
    >
      {sentences.map((sentence) => (
        <p key={sentence} className={classes.sentence}>
          {sentence}
        </p>
      ))}
      <div className={classes.buttons}>
        <Button size="compact-sm" color="red.6" onClick={onAnyway}>
          {words}
        </Button>
        <Button size="compact-sm" variant="default" onClick={onBack}>
          {back}
        </Button>
      </div>
    </Alert>
  )
}
