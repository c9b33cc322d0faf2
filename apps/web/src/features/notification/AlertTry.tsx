'use client'

import { Time } from '../../components/Time.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { alertSentence, alertWords, type TriedAlert, takenWords } from './alertTry.ts'
import classes from './Notifications.module.css'

const listedMax = 10

/** Which of the last alerts the route would have taken, and which routes take each now. */
export function AlertTry({ alerts, name }: { alerts: readonly TriedAlert[]; name: string | null }) {
  if (alerts.length === 0) return <p className={`${text.text} ${text.dimmed}`}>No alert fired yet.</p>
  const taken = alerts.filter(({ fits }) => fits)
  return (
    <>
      <p className={text.text}>{alertSentence(alerts, name)}</p>
      <ul className={classes.tried} aria-label="Alerts that it fits">
        {taken.slice(0, listedMax).map((alert, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: the same alert may be there many times
          <li key={i}>
            <Words text={alertWords(alert)} />{' '}
            <span className={text.dimmed}>
              <Time at={alert.startsAt} />: <Words text={takenWords(alert, name)} />
            </span>
          </li>
        ))}
        {taken.length > listedMax && <li className={text.dimmed}>and {taken.length - listedMax} more</li>}
      </ul>
    </>
  )
}
