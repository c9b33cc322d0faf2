'use client'

import { Alert, Button } from '@mantine/core'
import { IconAlertTriangle } from '@tabler/icons-react'
import { useEffect, useRef } from 'react'
import classes from './EditQuota.module.css'

/** Asks the person to look again before a reduction below present use is sent. It stands in place of the button. */
export function SecondLook({
  sentences,
  words,
  back,
  onAnyway,
  onBack,
}: {
  /** The harm, one sentence a limit. */
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
      className={classes.secondLook}
      color="red"
      icon={<IconAlertTriangle size={18} aria-hidden />}
      title="Look at this reduction again"
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
