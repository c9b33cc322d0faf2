'use client'

import { Alert, Button } from '@mantine/core'
import { type LimitName, limitDefinitions } from '@tickwatch/policy'
import { type ReactNode, useEffect, useRef } from 'react'
import classes from './ConflictNotice.module.css'
import { IconGitMerge } from './icons.tsx'

/** The values of one limit: before both edits, after the other person's edit, and in this person's edit. */
export type Versions = { limit: LimitName; was: string; theirs: string; yours: string }

/** Two people edited at once: shows both versions and a button to keep either. `children` name the other person. */
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
  /** The label of the button that applies this person's edit over the other one. */
  again: string
  busy: boolean
  onAgain: () => void
  onKeepTheirs: () => void
}) {
  const box = useRef<HTMLDivElement>(null)
  // The notice is taller than the buttons it replaces, so part of it may be out of view.
  useEffect(() => box.current?.scrollIntoView({ block: 'nearest' }), [])
  return (
    <Alert
      ref={box}
      className={classes.conflict}
      color="yellow"
      icon={<IconGitMerge size={18} />}
      title="Someone else changed this meanwhile"
      role="alert"
    >
      <p className={classes.sentence}>{children} Your change was not applied.</p>
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
