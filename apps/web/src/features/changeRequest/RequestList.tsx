'use client'

import { useSearchParams } from 'next/navigation'
import { Link } from '../../components/Link.tsx'
import { Pages } from '../../components/Pages.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { patchedSearch } from '../../lib/urlState.ts'
import classes from './Approvals.module.css'
import { approvedText, type ChangeRequestPage, stateText } from './request.ts'
import { askedText } from './sloRequest.ts'

/** The requests as links to their detail. The links keep the tab in the URL. */
export function RequestList({ page, chosenId }: { page: ChangeRequestPage; chosenId: string | null }) {
  const search = useSearchParams().toString()
  return (
    <>
      <ul className={classes.requests} aria-label="Requests">
        {page.items.map((request, index) => {
          const { kind, text } = stateText(request)
          return (
            <li key={request.id}>
              <Link
                className={classes.request}
                href={`/approvals/${request.id}${patchedSearch(search, {})}`}
                scroll={false}
                aria-current={request.id === chosenId ? 'true' : undefined}
                data-shown={(chosenId === null && index === 0) || undefined}
              >
                <span className={classes.requestHead}>
                  <strong>
                    <Words text={request.tenantName} long="cut" />
                  </strong>
                  <span className={classes.dim}>
                    <Time at={request.decision?.at ?? request.createdAt} />
                  </span>
                </span>
                <span>{askedText(request)}</span>
                <span className={classes.requestReason}>
                  <Words text={request.by.name} long="cut" />: <Words text={request.reason} long="cut" />
                </span>
                {(request.state !== 'pending' || request.messages.length > 0 || approvedText(request) !== '') && (
                  <Status kind={kind}>{text}</Status>
                )}
              </Link>
            </li>
          )
        })}
      </ul>
      <Pages nextCursor={page.nextCursor} />
    </>
  )
}
