'use client'

import { useQuery } from '@tanstack/react-query'
import { Link } from '../../components/Link.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { formatDuration, plural } from '../../lib/format.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import type { PolicyVersion } from '../gateway/versions.ts'
import { Propagation, VersionPropagation } from '../policy/Propagation.tsx'
import { latestInput } from './inputs.ts'
import classes from './Overview.module.css'

/** The newest policy versions: who caused each one, and which gateways enforce it. */
export function LatestChanges() {
  const trpc = useTRPC()
  const versions = useQuery(trpc.policy.versions.queryOptions(latestInput, { refetchInterval: 10_000 }))
  return (
    <Section
      title="Latest changes"
      action={
        <Link href="/gateways" className={classes.more}>
          All policy versions
        </Link>
      }
    >
      <QueryView
        query={versions}
        what="the latest changes"
        skeleton={<SkeletonRows rows={latestInput.pageSize} height={60} />}
      >
        {(page) =>
          page.items.length === 0 ? (
            <p className={text.quiet}>No policy version yet.</p>
          ) : (
            <ul className={classes.list}>
              {page.items.map((version) => (
                <li key={version.version} className={classes.entry}>
                  {version.causes.slice(0, 3).map((cause) => (
                    <span
                      key={`${cause.tenantId} ${cause.kind} ${cause.revision} ${cause.reason}`}
                      className={classes.cause}
                    >
                      <Link href={`/t/${cause.tenantId}/${cause.kind === 'reader' ? 'readers' : 'quotas'}`}>
                        {cause.tenantId}
                      </Link>{' '}
                      {causeWords[cause.kind]} by <Words text={cause.by.name} />: <Words text={cause.reason} quoted />
                    </span>
                  ))}
                  {version.causes.length === 0 && <span className={classes.cause}>Compiled without a change</span>}
                  <div className={classes.outcome}>
                    <span className={text.quiet}>
                      {version.causes.length > 3 && `and ${plural(version.causes.length - 3, 'more change')}, `}
                      <Time at={version.createdAt} />
                    </span>
                    <Reached version={version} />
                  </div>
                </li>
              ))}
            </ul>
          )
        }
      </QueryView>
    </Section>
  )
}

/** The progress of a version: its steps, or one sentence when every gateway enforces it. */
function Reached({ version: { version, propagation } }: { version: PolicyVersion }) {
  if (propagation.enforcedMs === null) {
    return <VersionPropagation version={version}>{(now) => <Propagation propagation={now} />}</VersionPropagation>
  }
  return (
    <Status kind="good">
      v{version} enforced on every gateway that was there, after {formatDuration(propagation.enforcedMs)}
    </Status>
  )
}

const causeWords = { quota: 'limits changed', tenant: 'changed', reader: 'readers changed' } as const
