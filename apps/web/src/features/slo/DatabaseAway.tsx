import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import classes from './Slo.module.css'
import type { SloList } from './words.ts'

/** Says what Postgres hides while it does not answer. */
export function DatabaseAway({ away }: { away: SloList['databaseAway'] }) {
  if (away === null) return null
  return (
    <p className={classes.notice} role="status">
      <Status kind="warning">
        The control plane’s database does not answer. The definitions are from <Time at={away.definitionsOf} />
        {away.asGuest && ', and you see what a person without a role sees'}. Figures do not come from it.
      </Status>
    </p>
  )
}
