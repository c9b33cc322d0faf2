import { Button } from '@mantine/core'
import { useParams, useSearchParams } from 'next/navigation'
import { Link } from '../../components/Link.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { keepDraft } from '../../lib/draft.ts'
import { useMe } from '../../lib/me.tsx'
import type { Outputs } from '../../lib/trpc/client.ts'
import { patchedSearch } from '../../lib/urlState.ts'
import { lessText, openQuestion } from '../changeRequest/request.ts'
import { FollowedPropagation } from '../policy/Propagation.tsx'
import { draftName, draftOf } from './draft.ts'
import { askAgainPatch } from './editLink.ts'
import classes from './QuotasPage.module.css'

export type QuotaRequest = Outputs['quota']['request']

/** What became of a request: who decided, why, and what the requester can do now. */
export function RequestState({ request, mayEdit }: { request: QuotaRequest; mayEdit: boolean }) {
  return (
    <div className={classes.requestState} role="status">
      <Sentence request={request} />
      {request.appliedRevision !== null && <FollowedPropagation followed={{ revision: request.appliedRevision }} />}
      {mayEdit && request.state !== 'pending' && request.state !== 'approved' && <AskAgain request={request} />}
    </div>
  )
}

function Sentence({ request }: { request: QuotaRequest }) {
  const me = useMe()
  const { state, decision } = request
  const who = decision && (decision.by.subject === me.subject ? 'You' : <Words text={decision.by.name} />)
  const why = decision && <Words text={decision.reason} quoted />
  const at = decision && <Time at={decision.at} />
  switch (state) {
    case 'pending': {
      const question = openQuestion(request)
      if (question) {
        return (
          <Status kind="warning">
            <Words text={question.by.name} /> asks: <Words text={question.text} quoted />. Nothing has changed yet.
          </Status>
        )
      }
      return (
        <Status kind="info">
          It waits for a platform approver, who is never the requester. Nothing has changed yet.
        </Status>
      )
    }
    case 'approved': {
      const less = lessText(request)
      return (
        <Status kind="good">
          {who} approved {less ? 'a part of it' : 'it'} {at}: {less && `${less}. `}
          {why}
        </Status>
      )
    }
    case 'declined':
      return (
        <Status kind="bad">
          {who} declined it {at}: {why}. Nothing has changed.
        </Status>
      )
    case 'withdrawn':
      return (
        <Status kind="quiet">
          {who} withdrew it {at}. Nothing has changed.
        </Status>
      )
    case 'outdated':
      return (
        <Status kind="quiet">
          It was closed {at} without a decision: <Words text={decision?.reason ?? ''} /> Nothing has changed.
        </Status>
      )
  }
}

function AskAgain({ request }: { request: QuotaRequest }) {
  const { subject } = useMe()
  const { tenant } = useParams<{ tenant: string }>()
  const search = useSearchParams().toString()
  const [first] = request.changes
  if (!first) return null
  const patch = { ...askAgainPatch(request.changes), asked: null, request: null }
  return (
    <div>
      <Button
        component={Link}
        href={`/t/${tenant}/quotas${patchedSearch(search, patch)}`}
        scroll={false}
        size="compact-sm"
        variant="default"
        onClick={() => keepDraft(subject, draftName(tenant, first.limit), draftOf(request))}
      >
        Ask again
      </Button>
    </div>
  )
}
