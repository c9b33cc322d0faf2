import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import classes from './Approvals.module.css'
import type { ChangeRequestDetail } from './request.ts'

/** Who approved a request that more than one person must approve. Of other requests the decision says it. */
export function ApprovalList({ request: { approvals, approversNeeded } }: { request: ChangeRequestDetail }) {
  if (approversNeeded === 1) return null
  return (
    <>
      <p className={classes.dim}>
        {approvals.length} of {approversNeeded} approved. None of them may be the requester.
      </p>
      {approvals.map(({ by, at, reason }) => (
        <div key={by.subject}>
          <p className={classes.meta}>
            <span>
              <Words text={by.name} /> approved it, <Time at={at} />
            </span>
          </p>
          <blockquote className={classes.reason}>
            <Words text={reason} long="whole" />
          </blockquote>
        </div>
      ))}
    </>
  )
}
