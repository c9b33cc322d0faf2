'use client'

import { useQuery } from '@tanstack/react-query'
import { Link } from '../../components/Link.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { Section } from '../../components/Section.tsx'
import { type QueryLike, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { plural } from '../../lib/format.ts'
import { useCan } from '../../lib/me.tsx'
import { serverTime } from '../../lib/now.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { askedText } from '../changeRequest/sloRequest.ts'
import { FleetSentence } from '../gateway/FleetSentence.tsx'
import { useFleet } from '../gateway/useFleet.ts'
import { FreshnessSentence } from './FreshnessSentence.tsx'
import { waitingInput } from './inputs.ts'
import { LatestChanges } from './LatestChanges.tsx'
import { NearLimit } from './NearLimit.tsx'
import classes from './Overview.module.css'

/** `/` for people with a platform role: is everything current, which tenants are near a limit, which requests wait. */
export function PlatformOverview() {
  return (
    <>
      <PageHeader title="Overview" sentence={<Sentences />} />
      <NearLimit />
      <WaitingRequests />
      <Drift />
      <LatestChanges />
    </>
  )
}

/** Three sentences: about the graphs, the fleet and the waiting requests. */
function Sentences() {
  const trpc = useTRPC()
  const freshness = useQuery(trpc.usage.freshness.queryOptions(undefined, { refetchInterval: 5_000 }))
  const fleet = useFleet()
  const pending = useQuery(trpc.changeRequest.pendingCount.queryOptions(undefined, { refetchInterval: 15_000 }))
  const decides = useCan('change-request:decide')

  return (
    <ul className={classes.threeSentences} aria-label="State of the platform">
      <li>
        {(freshness.data || freshness.error) && (
          <FreshnessSentence freshness={freshness.data} receivedMs={serverTime(freshness.dataUpdatedAt)} />
        )}
      </li>
      <li>
        {fleet.data ? (
          <FleetSentence fleet={fleet.data} query={fleet} />
        ) : (
          fleet.error && <Status kind="warning">The fleet’s state is unknown: the API did not answer.</Status>
        )}
      </li>
      <li>
        {pending.data === undefined && pending.error && (
          <Status kind="warning">It is unknown whether requests wait: the API did not answer.</Status>
        )}
        {pending.data !== undefined && (
          <Status kind={pending.error ? 'warning' : pending.data > 0 ? 'info' : 'good'}>
            {pending.data === 0 ? (
              'No request waits for a decision.'
            ) : (
              <>
                <Link href="/approvals">
                  {pending.data === 1 ? '1 request waits' : `${pending.data} requests wait`} for a decision
                </Link>
                {decides ? '.' : ' of a platform approver.'}
              </>
            )}{' '}
            <AsOf query={pending} />
          </Status>
        )}
      </li>
    </ul>
  )
}

/** If a sentence is no longer updated, it says how old it is. */
function AsOf({ query }: { query: Pick<QueryLike<unknown>, 'error' | 'dataUpdatedAt'> }) {
  if (!query.error) return null
  return (
    <>
      Last updated <Time at={serverTime(query.dataUpdatedAt)} />.
    </>
  )
}

function WaitingRequests() {
  const trpc = useTRPC()
  const requests = useQuery(trpc.changeRequest.list.queryOptions(waitingInput, { refetchInterval: 15_000 }))
  if (requests.data?.items.length === 0) return null
  return (
    <Section
      title="Waiting for a decision"
      action={
        <Link href="/approvals" className={classes.more}>
          All approvals
        </Link>
      }
    >
      <QueryView query={requests} what="the requests" skeleton={<SkeletonRows rows={2} height={52} />}>
        {(page) => (
          <ul className={classes.list}>
            {page.items.map((request) => (
              <li key={request.id} className={classes.entry}>
                <Link href={`/approvals/${request.id}`} className={classes.entryLink}>
                  {request.tenantId}: {askedText(request)}
                </Link>
                <span className={text.quiet}>
                  <Words text={request.by.name} /> <Time at={request.createdAt} />:{' '}
                  <Words text={request.reason} quoted />
                </span>
              </li>
            ))}
          </ul>
        )}
      </QueryView>
    </Section>
  )
}

const driftShown = 10
/** Those that are alerted come first. */
const firstDrift = <Of extends { alerted: boolean }>(gateways: readonly Of[]) =>
  [...gateways].sort((a, b) => Number(b.alerted) - Number(a.alerted)).slice(0, driftShown)

function Drift() {
  const trpc = useTRPC()
  const drift = useQuery(trpc.policy.drift.queryOptions(undefined, { refetchInterval: 5_000 }))
  if (drift.data?.length === 0) return null
  return (
    <Section
      title="Drift"
      sentence="Gateways that do not enforce their ring’s manifest. If that lasts, an alert fires."
    >
      <QueryView query={drift} what="the drift" skeleton={<SkeletonRows rows={1} />}>
        {(gateways) => (
          <ul className={classes.list}>
            {firstDrift(gateways).map((gateway) => (
              <li key={gateway.gatewayId} className={classes.entry}>
                <Link href={`/gateways/${gateway.gatewayId}`} className={classes.entryLink}>
                  {gateway.gatewayId}
                </Link>
                <Status kind={gateway.alerted ? 'bad' : 'warning'}>
                  <Words text={gateway.detail} /> Began <Time at={gateway.since} />
                  {gateway.alerted ? ', alerted.' : '.'}
                </Status>
              </li>
            ))}
            {gateways.length > driftShown && (
              <li className={classes.entry}>
                <Link href="/gateways">{plural(gateways.length - driftShown, 'more gateway')}</Link>
              </li>
            )}
          </ul>
        )}
      </QueryView>
    </Section>
  )
}
