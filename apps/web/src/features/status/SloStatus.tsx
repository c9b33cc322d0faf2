import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import classes from './Status.module.css'
import { daysSentence, dayWords, isPale, type StatusSlo, stateWords, tenantsWords } from './words.ts'

/** An SLO: what is known of it now, and a bar for each day. */
export function SloStatus({ slo }: { slo: StatusSlo }) {
  const { title, state, since, days } = slo
  const { kind, words, before } = stateWords[state]
  return (
    <li className={classes.slo}>
      <div className={classes.head}>
        <h2 className={classes.name}>
          <Words text={title} long="cut" />
        </h2>
        <Status kind={kind}>
          {words}
          {tenantsWords(slo)}
          {since !== null && (
            <>
              {before}
              <Time at={since} />
            </>
          )}
        </Status>
      </div>
      {days && (
        <>
          <div className={classes.days} aria-hidden>
            {days.map((day) => (
              <span
                key={day.date}
                className={classes.day}
                data-state={day.state}
                data-pale={isPale(day) || undefined}
                title={dayWords(day)}
              />
            ))}
          </div>
          <p className={classes.note}>{daysSentence(days)}</p>
        </>
      )}
    </li>
  )
}
