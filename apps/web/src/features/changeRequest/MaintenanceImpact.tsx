import { Link } from '../../components/Link.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { ExcludedPreview } from '../maintenance/ExcludedPreview.tsx'
import { aboutWords, groupKeyOf, lengthWords } from '../maintenance/maintenance.ts'
import classes from './Approvals.module.css'
import type { ChangeRequestDetail } from './request.ts'

/** The window that is asked for, and, while it waits, what it would exclude. */
export function MaintenanceImpact({
  maintenance,
  isPending,
}: {
  maintenance: NonNullable<ChangeRequestDetail['maintenance']>
  isPending: boolean
}) {
  const { sloId, labels, startsAt, endsAt, sha256 } = maintenance
  return (
    <section>
      <h3 className={classes.heading}>{isPending ? 'What would not count' : 'What was asked for'}</h3>
      <dl className={classes.facts}>
        <div>
          <dt>Of</dt>
          <dd>
            <Words text={aboutWords(maintenance)} />
          </dd>
        </div>
        <div>
          <dt>From</dt>
          <dd>
            <Time at={startsAt} exact />
          </dd>
        </div>
        <div>
          <dt>Until</dt>
          <dd>
            <Time at={endsAt} exact />, {lengthWords(maintenance)} later
          </dd>
        </div>
      </dl>
      {isPending && <ExcludedPreview window={{ sloId, group: labels && groupKeyOf(labels), startsAt, endsAt }} />}
      <p className={classes.dim}>
        Alerts fire in a window as at any other time. SHA-256 of the request: <Words text={sha256} />
      </p>
      <Link href="/maintenance">All maintenance windows</Link>
    </section>
  )
}
