'use client'

import { Button, VisuallyHidden } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Column } from './DataTable.tsx'
import type { StatusKind } from './Status.tsx'
import { Time } from './Time.tsx'
import classes from './text.module.css'
import { Words } from './Words.tsx'

// What tables of things share that end by themselves, and that a person may end early: windows and exceptions.

/** A second line of a cell. */
export const Quiet = ({ children }: { children: ReactNode }) => <span className={classes.quiet}>{children}</span>

/** Who ended it early and why. Nothing if nobody did. */
export const EndedBy = ({ ended }: { ended: { by: { name: string }; reason: string } | null }) =>
  ended && (
    <Quiet>
      ended by <Words text={ended.by.name} long="cut" />: <Words text={ended.reason} />
    </Quiet>
  )

/** The states of a window. */
export const windowStates = {
  holds: { kind: 'info', words: 'holds now' },
  coming: { kind: 'quiet', words: 'coming' },
  over: { kind: 'quiet', words: 'over' },
  ended: { kind: 'quiet', words: 'ended early' },
  cancelled: { kind: 'quiet', words: 'cancelled' },
} satisfies Record<string, { kind: StatusKind; words: string }>

type Window = { state: keyof typeof windowStates; startsAt: string; until: string; endsAt: string }

/** From when until when a window holds, and until when it was planned. */
export const spanColumns: Column<Window>[] = [
  { key: 'startsAt', title: 'From', cell: ({ startsAt }) => <Time at={startsAt} exact />, narrow: 'wide' },
  {
    key: 'until',
    title: 'Until',
    cell: ({ state, until, endsAt }) => (
      <>
        <Time at={state === 'cancelled' ? endsAt : until} exact />
        {state === 'cancelled' && (
          <Quiet>
            cancelled <Time at={until} />
          </Quiet>
        )}
        {state === 'ended' && (
          <Quiet>
            planned until <Time at={endsAt} exact />
          </Quiet>
        )}
      </>
    ),
    narrow: 'wide',
  },
]

/** A button that ends a row that holds, or cancels one that comes. @param what the row, as the end of a label: `the freeze of prod` */
export const endColumn = <T extends { state: string }>(
  what: (row: T) => string,
  onEnd: (row: T) => void,
): Column<T> => ({
  key: 'end',
  title: <VisuallyHidden>End</VisuallyHidden>,
  label: '',
  cell: (row) => {
    if (row.state !== 'holds' && row.state !== 'coming') return null
    const verb = row.state === 'coming' ? 'Cancel' : 'End'
    return (
      <Button size="compact-xs" variant="default" aria-label={`${verb} ${what(row)}`} onClick={() => onEnd(row)}>
        {verb}…
      </Button>
    )
  },
})
