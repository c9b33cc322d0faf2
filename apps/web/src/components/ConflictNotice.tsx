'use client'

import { Alert, Button } from '@mantine/core'
import { IconGitMerge } from '@tabler/icons-react'
import { type LimitName, limitDefinitions } from '@tickwatch/policy'
import { type ReactNode, useEffect, useRef } from 'react'
import classes from './ConflictNotice.module.css'

/** What stands in one limit's place: before both edits, after theirs, and in one's own. */
export type Versions = { limit: LimitName; was: string; theirs: string; yours: string }

/** Two people edited at once: both versions, and a way on for either. `children` say who it was. */
export function ConflictNotice({
  children,
  versions,
  again,
  busy,
  onAgain,
  onKeepTheirs,
}: {
  children: ReactNode
  versions: readonly Versions[]
  /** The words of the button that applies one's own on top. */
  again: string
  busy: boolean
  onAgain: () => void
  onKeepTheirs: () => void
}) {
  const box = useRef<HTMLDivElement>(null)
  // It is taller than the buttons whose place it takes.
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), [])
  return (
    <Alert
      ref={box}
      className={classes.conflict}
      color="yellow"
      icon={<IconGitMerge size={18} aria-hidden />}
      title="Someone changed it meanwhile"
      role="alert"
    >
      <p className={classes.sentence}>{children} Nothing of yours was applied.</p>
      <table className={classes.versions}>
        <thead>
          <tr>
            <th scope="col">Limit</th>
            <th scope="col">Was</th>
            <th scope="col">Theirs, now</th>
            <th scope="col">Yours</th>
          </tr>
        </thead>
        <tbody>
          {versions.map(({ limit, was, theirs, yours }) => (
            <tr key={limit}>
              <th scope="row">{limitDefinitions[limit].title}</th>
              <td>{was}</td>
              <td>{theirs}</td>
              <td>{yours}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <div className={classes.buttons}>
        <Button size="compact-sm" loading={busy} onClick={onAgain}>
          {again}
        </Button>
        <Button size="compact-sm" variant="default" onClick={onKeepTheirs}>
          Keep theirs
        </Button>
      </div>
    </Alert>
  )
}
