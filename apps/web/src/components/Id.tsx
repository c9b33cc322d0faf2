'use client'

import { useClipboard } from '@mantine/hooks'
import { Hint } from './Hint.tsx'
import classes from './text.module.css'

/** An id, hash or version, shortened to `keep` characters. A click copies all of it. */
export function Id({ value, keep = 8, label = 'id' }: { value: string; keep?: number; label?: string }) {
  const clipboard = useClipboard({ timeout: 1500 })
  const short = value.length > keep + 1 ? `${value.slice(0, keep)}…` : value
  return (
    <Hint label={clipboard.copied ? 'Copied' : `${value} · click to copy`}>
      <button
        type="button"
        className={classes.id}
        aria-label={`Copy ${label} ${short}`}
        onClick={(event) => {
          event.stopPropagation()
          clipboard.copy(value)
        }}
      >
        {short}
      </button>
    </Hint>
  )
}
