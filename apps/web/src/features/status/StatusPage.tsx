'use client'

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useSyncExternalStore } from 'react'
import { Link } from '../../components/Link.tsx'
import { EmptyState, type QueryLike, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Mark } from '../../frame/Mark.tsx'
import { describeFault } from '../../lib/errors.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { DatabaseAway } from '../slo/DatabaseAway.tsx'
import { askAgain } from '../slo/inputs.ts'
import { OpenIncidents, ResolvedIncidents } from './Incidents.tsx'
import { isRefused, readByLink, tokenOf } from './link.ts'
import { SloStatus } from './SloStatus.tsx'
import classes from './Status.module.css'
import { overallSentence, type StatusView } from './words.ts'

/** `/status`: whether the platform keeps its promises, for people who are signed in, and for those who have a link. */
export function StatusPage({ isSignedIn }: { isSignedIn: boolean }) {
  const token = useLinkToken()
  return (
    <main className={classes.page}>
      <p className={classes.brand}>
        <Mark size={22} /> Tickwatch
        {isSignedIn && (
          <span className={classes.back}>
            <Link href="/">Open the portal</Link>
          </span>
        )}
      </p>
      <h1 className={classes.title}>Status</h1>
      {token ? (
        <ByLink token={token} />
      ) : isSignedIn ? (
        <BySession />
      ) : (
        token === null && (
          <SignInFirst title="Sign in, or open a link">
            Everyone with a company account can see the status. So can people to whom a platform admin gave a link.
          </SignInFirst>
        )
      )}
    </main>
  )
}

const onHashChange = (listener: () => void) => {
  window.addEventListener('hashchange', listener)
  return () => window.removeEventListener('hashchange', listener)
}
/** The token in the page's URL; null without one; undefined on the server, which never gets it. */
const useLinkToken = () =>
  useSyncExternalStore<string | null | undefined>(
    onHashChange,
    () => tokenOf(window.location.hash),
    () => undefined,
  )

function BySession() {
  const trpc = useTRPC()
  return <Shown query={useQuery(trpc.status.get.queryOptions(undefined, { refetchInterval: askAgain, trpc: alone }))} />
}

function ByLink({ token }: { token: string }) {
  const query = useQuery({
    queryKey: ['status by link', token],
    queryFn: ({ signal }) => readByLink(token, signal),
    refetchInterval: (asked) =>
      asked.state.error && isRefused(describeFault(asked.state.error)) ? false : askAgain(asked),
  })
  if (query.error && isRefused(describeFault(query.error)))
    return (
      <SignInFirst title="This link does not work">
        It has expired, was revoked or is not complete. Ask the platform admin who gave it to you for another one, or
        sign in.
      </SignInFirst>
    )
  return <Shown query={query} />
}

function Shown({ query }: { query: QueryLike<StatusView> }) {
  return (
    <QueryView query={query} what="the status" skeleton={<SkeletonRows rows={6} height={64} />}>
      {(view) => <View view={view} />}
    </QueryView>
  )
}

function View({ view }: { view: StatusView }) {
  const { incidents } = view
  const isCurrent = incidents !== null && incidents.knownAt === null
  const { kind, text } = overallSentence(view.slos, isCurrent ? incidents.open.length : 0)
  return (
    <>
      <p className={classes.overall} role="status">
        <Status kind={kind}>{text}</Status>
      </p>
      <DatabaseAway away={view.databaseAway} />
      {view.missing !== null && (
        <p className={classes.note} role="status">
          <Status kind="warning">{view.missing}</Status>
        </p>
      )}
      <OpenIncidents incidents={incidents} />
      <ul className={classes.slos} aria-label="SLOs">
        {view.slos.map((slo) => (
          <SloStatus key={slo.sloId} slo={slo} />
        ))}
      </ul>
      {incidents && <ResolvedIncidents incidents={incidents} />}
      <p className={classes.note}>
        A bar is a day in UTC, today at the right. High: more was bad than promised. Low: no traffic. Empty: not
        measured. Pale: measured only in part. Incidents are those of these SLOs.
        {view.asOf !== null && (
          <>
            {' '}
            Counted until <Time at={view.asOf} />.
          </>
        )}
      </p>
    </>
  )
}

function SignInFirst({ title, children }: { title: string; children: string }) {
  return (
    <EmptyState
      title={title}
      action={
        <Button component={Link} href="/signin?callbackUrl=/status" size="compact-sm">
          Sign in
        </Button>
      }
    >
      {children}
    </EmptyState>
  )
}
