import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { FoldingSection } from '../../components/FoldingSection.tsx'
import { LimitChanges } from '../../components/LimitChanges.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { useNow } from '../../lib/now.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { changesText, lessText, stateText } from '../changeRequest/request.ts'
import { decidedInput } from './inputs.ts'
import { type QuotaRequest, RequestState } from './RequestState.tsx'

const columns: Column<QuotaRequest>[] = [
  { key: 'changes', title: 'Request', cell: (row) => <LimitChanges changes={row.changes} /> },
  { key: 'state', title: 'State', cell: (row) => <State request={row} /> },
  { key: 'by', title: 'Requester', cell: (row) => <Words text={row.by.name} /> },
  {
    key: 'decision',
    title: 'Decision',
    cell: (row) => <DecisionWords request={row} />,
    narrow: 'wide',
  },
  { key: 'at', title: 'When', cell: ({ decision }) => decision && <Time at={decision.at} /> },
]

function State({ request }: { request: QuotaRequest }) {
  const { kind, text } = stateText(request)
  return <Status kind={kind}>{text}</Status>
}

function DecisionWords({ request }: { request: QuotaRequest }) {
  const { state, decision } = request
  if (state === 'withdrawn' || !decision) return '–'
  const less = lessText(request)
  return (
    <>
      <Words text={decision.by.name} />: {less && `${less}. `}
      <Words text={decision.reason} quoted />
    </>
  )
}

/** The tenant's decided and withdrawn requests, newest first. Nothing if there are none. */
export function DecidedRequests() {
  const trpc = useTRPC()
  const { get, set } = useUrlParams()
  const decided = useQuery(
    trpc.quota.decided.queryOptions(decidedInput(get('requests-cursor')), { placeholderData: keepPreviousData }),
  )
  if (decided.data?.items.length === 0) return null
  const newest = decided.data?.items[0]
  return (
    <FoldingSection
      id="requests"
      title="Decided requests"
      summary={
        newest && (
          <>
            {changesText(newest.changes)}: {stateText(newest).text}
          </>
        )
      }
    >
      <QueryView query={decided} what="the requests" skeleton={<SkeletonRows rows={3} height={44} />}>
        {(page) => (
          <DataTable
            label="Decided requests"
            columns={columns}
            rows={page.items}
            rowKey={(row) => row.id}
            onOpen={(row) => set({ request: row.id })}
            nextCursor={page.nextCursor}
            urlPrefix="requests-"
          />
        )}
      </QueryView>
    </FoldingSection>
  )
}

/** What became of the newest request that was decided, for a day. */
export function LatestDecision({ mayEdit }: { mayEdit: boolean }) {
  const trpc = useTRPC()
  const now = useNow(60_000)
  const { data } = useQuery(trpc.quota.decided.queryOptions(decidedInput(null)))
  // A withdrawn request was not decided.
  const newest = data?.items.find(({ state }) => state !== 'withdrawn')
  if (!newest?.decision || now - Date.parse(newest.decision.at) > dayMs) return null
  return (
    <Section title="Latest decision">
      <LimitChanges changes={newest.changes} />
      <RequestState request={newest} mayEdit={mayEdit} />
    </Section>
  )
}

const dayMs = 86_400_000
