import { Words } from '../../components/Words.tsx'
import classes from './Approvals.module.css'
import type { ChangeRequestDetail } from './request.ts'
import { changedFields } from './sloRequest.ts'

/** What a change of an SLO would make weaker, and each field that it changes. */
export function SloImpact({ request: { slo, state } }: { request: ChangeRequestDetail }) {
  if (!slo) return <p className={classes.dim}>This release can’t read what is asked. Decide it with a newer one.</p>
  return (
    <section>
      <h3 className={classes.heading}>{headings[state]}</h3>
      <ul>
        {slo.weakenings.map((way) => (
          <li key={way}>{way}</li>
        ))}
      </ul>
      {slo.after && (
        <dl className={classes.facts}>
          {changedFields(slo.before, slo.after).map(({ field, before, after }) => (
            <div key={field}>
              <dt>
                <Words text={field} />
              </dt>
              <dd>
                <Words text={before ?? 'none'} /> → <Words text={after ?? 'none'} />
              </dd>
            </div>
          ))}
        </dl>
      )}
      <p className={classes.dim}>
        Version {slo.baseVersion} of the SLO. SHA-256 of the change: <Words text={slo.sha256} />
      </p>
    </section>
  )
}

const headings: Record<ChangeRequestDetail['state'], string> = {
  pending: 'What would be weaker',
  approved: 'What became weaker',
  declined: 'What would have been weaker',
  withdrawn: 'What would have been weaker',
  outdated: 'What would have been weaker',
}
