import type { ReactNode } from 'react'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import classes from './Status.module.css'
import { incidentWords, type StatusIncident, type StatusIncidents } from './words.ts'

/** What is not over, and whether that is known. */
export function OpenIncidents({ incidents }: { incidents: StatusIncidents | null }) {
  return (
    <section className={classes.incidents} aria-label="Open incidents">
      <h2 className={classes.name}>Open incidents</h2>
      {incidents === null ? (
        <Doubt>{away}</Doubt>
      ) : incidents.knownAt !== null ? (
        <Doubt>
          {away} {incidents.open.length === 0 ? 'None was open' : 'These were open'} <Time at={incidents.knownAt} />.
        </Doubt>
      ) : incidents.alertsUnread ? (
        <Doubt>
          Alerts can’t be read now, so an incident that began meanwhile may be missing, and one that ended may still be
          listed as open.{incidents.open.length === 0 && ' None that is known is open.'}
        </Doubt>
      ) : (
        incidents.open.length === 0 && <p className={classes.note}>None is open.</p>
      )}
      <List of={incidents?.open ?? []} />
    </section>
  )
}

const away = 'Which incidents are open now is not known, because the control plane’s database does not answer.'

/** What is over, of the last days. */
export function ResolvedIncidents({ incidents }: { incidents: StatusIncidents }) {
  const { resolved, days, more, knownAt } = incidents
  return (
    <section className={classes.incidents} aria-label="Resolved incidents">
      <h2 className={classes.name}>Resolved incidents</h2>
      <p className={classes.note}>
        {more ? 'Not all, because there are too many, of' : resolved.length === 0 ? 'None in' : 'All of'} the{' '}
        {knownAt === null ? (
          `last ${days} days.`
        ) : (
          <>
            {days} days before <Time at={knownAt} exact />.
          </>
        )}
      </p>
      <List of={resolved} />
    </section>
  )
}

const Doubt = ({ children }: { children: ReactNode }) => (
  <p className={classes.note} role="status">
    <Status kind="warning">{children}</Status>
  </p>
)

function List({ of }: { of: readonly StatusIncident[] }) {
  if (of.length === 0) return null
  return (
    <ul className={classes.list}>
      {of.map((incident) => (
        <li key={incident.id} className={classes.incident}>
          <Sentence incident={incident} />
        </li>
      ))}
    </ul>
  )
}

function Sentence({ incident }: { incident: StatusIncident }) {
  const { kind, before, at, after } = incidentWords(incident)
  return (
    <Status kind={kind}>
      <Words text={incident.title} quoted long="cut" />
      {before}
      <Time at={at} />
      {after}
    </Status>
  )
}
