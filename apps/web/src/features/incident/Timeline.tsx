'use client'

import { Button, Switch } from '@mantine/core'
import { useState } from 'react'
import { Section } from '../../components/Section.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { formatInteger } from '../../lib/format.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import classes from './Incident.module.css'
import { Note } from './Note.tsx'
import { type Event, eventWords, withoutAlerts } from './words.ts'

const shownFirst = 50

/** What happened, the newest first. */
export function Timeline({ timeline }: { timeline: readonly Event[] }) {
  const { get, set } = useUrlParams()
  const withAlerts = get('alerts') !== 'hidden'
  const [all, setAll] = useState(false)
  const events = (withAlerts ? timeline : withoutAlerts(timeline)).toReversed()
  const shown = all ? events : events.slice(0, shownFirst)
  return (
    <Section
      title="Timeline"
      action={
        <Switch
          label="Single alerts"
          checked={withAlerts}
          onChange={(event) => set({ alerts: event.currentTarget.checked ? null : 'hidden' })}
        />
      }
    >
      <ol className={classes.list}>
        {shown.map((event) => (
          <li key={event.id} className={classes.item}>
            <Entry event={event} />
          </li>
        ))}
      </ol>
      {shown.length < events.length && (
        <Button variant="default" size="compact-sm" mt="sm" onClick={() => setAll(true)}>
          Show all {formatInteger(events.length)}
        </Button>
      )}
    </Section>
  )
}

function Entry({ event }: { event: Event }) {
  const by = 'by' in event ? event.by : null
  const text = 'text' in event ? event.text : null
  return (
    <>
      <p>
        <span className={classes.strong}>
          <Words text={eventWords(event)} long="cut" />
        </span>
        {by && (
          <>
            {' '}
            by <Words text={by.name} long="cut" />
          </>
        )}{' '}
        <span className={classes.dim}>
          <Time at={event.at} />
        </span>
      </p>
      {text !== null &&
        (event.kind === 'note' ? (
          <Note text={text} />
        ) : (
          <p className={classes.note}>
            <Words text={text} />
          </p>
        ))}
    </>
  )
}
