'use client'

import { Link } from '../../components/Link.tsx'
import { Section } from '../../components/Section.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import classes from './Rollout.module.css'
import { approversWords, type Rollout, requestState } from './rollouts.ts'

/** Who approved exactly this plan and why, and how many must. */
export function RolloutApprovals({ rollout: { request, expiresAt, planSha256 } }: { rollout: Rollout }) {
  const { kind, words } = requestState(request)
  const { approvals, approversNeeded, decision } = request
  return (
    <Section
      title="Approvals"
      sentence={
        <>
          <Status kind={kind}>{words}</Status>{' '}
          {request.state === 'pending' && (
            <>
              Before it starts, {approversWords(approversNeeded)}. The request expires <Time at={expiresAt} />.{' '}
            </>
          )}
          <Link href={`/approvals/${request.id}${request.state === 'pending' ? '' : '?tab=decided'}`}>
            Open the request
          </Link>
        </>
      }
    >
      {approvals.length === 0 && !(decision && !decision.approved) ? (
        <p className={classes.text}>Nobody has approved it.</p>
      ) : (
        <ul className={classes.list} aria-label="Approvals">
          {approvals.map(({ by, at, reason }) => (
            <li key={by.subject}>
              <Decided verb="approved" by={by.name} at={at} reason={reason} />
            </li>
          ))}
          {decision && !decision.approved && (
            <li>
              <Decided verb="declined" by={decision.by.name} at={decision.at} reason={decision.reason} />
            </li>
          )}
        </ul>
      )}
      <p className={classes.sha}>
        SHA-256 of the plan: <span className={classes.ids}>{planSha256}</span>
      </p>
    </Section>
  )
}

const Decided = ({ verb, by, at, reason }: { verb: string; by: string; at: string; reason: string }) => (
  <>
    <p>
      <span className={classes.strong}>
        <Words text={by} long="cut" />
      </span>{' '}
      {verb} it <Time at={at} />
    </p>
    <p className={classes.dim}>
      <Words text={reason} />
    </p>
  </>
)
