'use client'

import { Alert, Button } from '@mantine/core'
import { IconGitMerge } from '@tabler/icons-react'
import { type LimitName, limitDefinitions } from '@tickwatch/policy'
import { Time } from '../../components/Time.tsx'
import { formatInteger } from '../../lib/format.ts'
import classes from './EditQuota.module.css'
import type { Wanted } from './impact.ts'
import type { Conflict } from './usePropose.ts'

/** Two people edited at once: both versions, and a way on for either. */
export function ConflictNotice({
  conflict,
  wanted,
  again,
  busy,
  onAgain,
  onKeepTheirs,
}: {
  conflict: Conflict
  wanted: Wanted
  /** The words of the button that applies one's own on top. */
  again: string
  busy: boolean
  onAgain: () => void
  onKeepTheirs: () => void
}) {
  const mine = Object.keys(wanted) as LimitName[]
  const limits = [...new Set([...conflict.changes.map((c) => c.limit), ...mine])]
  return (
    <Alert
      className={classes.conflict}
      color="yellow"
      icon={<IconGitMerge size={18} aria-hidden />}
      title="Someone changed it meanwhile"
      role="alert"
    >
      <p className={classes.sentence}>
        {conflict.by.name} changed these limits <Time at={conflict.at} />: “{conflict.reason}”. Nothing of yours was
        applied.
      </p>
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
          {limits.map((limit) => {
            const theirs = conflict.resolved[limit]
            const was = conflict.changes.find((c) => c.limit === limit)?.from ?? theirs
            const yours = wanted[limit]
            return (
              <tr key={limit}>
                <th scope="row">{limitDefinitions[limit].title}</th>
                <td>{formatInteger(was)}</td>
                <td>{formatInteger(theirs)}</td>
                <td>{yours === undefined || yours === null ? 'as theirs' : formatInteger(yours)}</td>
              </tr>
            )
          })}
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
