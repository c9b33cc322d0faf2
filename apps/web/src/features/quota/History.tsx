'use client'

import { Button } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { limitDefinitions, limitNames } from '@tickwatch/policy'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { FoldingSection } from '../../components/FoldingSection.tsx'
import { IconArrowBackUp } from '../../components/icons.tsx'
import { LimitChanges } from '../../components/LimitChanges.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { formatDuration, formatInteger } from '../../lib/format.ts'
import { useNow } from '../../lib/now.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { changesText, lessText } from '../changeRequest/request.ts'
import { FollowedPropagation } from '../policy/Propagation.tsx'
import { revertPatch } from './editLink.ts'
import { historyInput } from './inputs.ts'
import classes from './QuotasPage.module.css'

type Revision = Outputs['quota']['history']['items'][number]

const columns: Column<Revision>[] = [
  { key: 'changes', title: 'Change', cell: (row) => <LimitChanges changes={row.changes} /> },
  {
    key: 'by',
    title: 'Who',
    narrow: 'wide',
    cell: (row) => (
      <>
        <Words text={row.by.name} />
        {row.approvedBy && <Approval row={row} />}
      </>
    ),
  },
  { key: 'reason', title: 'Reason', cell: (row) => <Words text={row.reason} />, narrow: 'wide' },
  { key: 'createdAt', title: 'When', cell: (row) => <Time at={row.createdAt} /> },
  { key: 'enforced', title: 'Enforced in', align: 'right', cell: (row) => <EnforcedIn row={row} /> },
]

/** Every change of the tenant's limits, newest first. A row unfolds to the whole diff. */
export function History({ mayEdit }: { mayEdit: boolean }) {
  const trpc = useTRPC()
  const { get } = useUrlParams()
  const history = useQuery(
    trpc.quota.history.queryOptions(historyInput(get('cursor')), {
      placeholderData: keepPreviousData,
      refetchInterval: ({ state }) => (state.data?.items.some(isOnItsWay) ? 2_000 : 30_000),
    }),
  )
  const newest = history.data?.items[0]
  return (
    <FoldingSection
      id="history"
      title="History"
      unfolded={get('open') !== null}
      summary={
        newest && (
          <>
            {changesText(newest.changes)}, <Time at={newest.createdAt} /> by <Words text={newest.by.name} long="cut" />
          </>
        )
      }
    >
      <QueryView query={history} what="the history" skeleton={<SkeletonRows rows={6} height={44} />}>
        {(page) =>
          page.items.length === 0 ? (
            <EmptyState title="No change yet">
              This list will show who changed which limit, when and why. Until then the platform’s defaults apply.
            </EmptyState>
          ) : (
            <DataTable
              label="History"
              columns={columns}
              rows={page.items}
              rowKey={(row) => String(row.revision)}
              expand={(row) => <Unfolded row={row} mayEdit={mayEdit} />}
              nextCursor={page.nextCursor}
            />
          )
        }
      </QueryView>
    </FoldingSection>
  )
}

function Approval({ row }: { row: Revision }) {
  const less = row.asked && lessText({ changes: row.asked, approved: row.changes })
  return (
    <div className={text.quiet}>
      approved {less && 'in part '}by <Words text={row.approvedBy?.name ?? ''} />
      {(less || row.approvalReason) && ': '}
      {less && `${less}. `}
      {row.approvalReason && <Words text={row.approvalReason} quoted />}
    </div>
  )
}

const isOnItsWay = ({ propagation }: Revision) =>
  propagation === null || (propagation.enforcedMs === null && !['superseded', 'refused'].includes(propagation.state))

function EnforcedIn({ row }: { row: Revision }) {
  const view = row.propagation
  if (view?.enforcedMs !== null && view?.enforcedMs !== undefined) return <>{formatDuration(view.enforcedMs)}</>
  if (view?.state === 'refused') return <Status kind="bad">refused</Status>
  if (view?.state === 'superseded') return <Status kind="quiet">overtaken</Status>
  return <Status kind="info">on its way</Status>
}

function Unfolded({ row, mayEdit }: { row: Revision; mayEdit: boolean }) {
  const { set } = useUrlParams()
  const now = useNow(10_000)
  const changed = new Map(row.changes.map((c) => [c.limit, c]))
  const own = limitNames.filter((limit) => changed.has(limit) || (row.limits[limit] ?? null) !== null)
  return (
    <div className={classes.unfold}>
      <table className={classes.diff}>
        <caption className={text.dimmed}>Limits that this tenant has set, after change {row.revision}</caption>
        <thead>
          <tr>
            <th scope="col">Limit</th>
            <th scope="col">Before</th>
            <th scope="col">After</th>
          </tr>
        </thead>
        <tbody>
          {own.map((limit) => {
            const change = changed.get(limit)
            const after = change?.to ?? row.limits[limit] ?? null
            return (
              <tr key={limit} data-changed={change ? true : undefined}>
                <th scope="row">{limitDefinitions[limit].title}</th>
                <td>{formatInteger(change?.from ?? after ?? 0)}</td>
                <td>
                  {formatInteger(after ?? 0)} {limitDefinitions[limit].unit}
                </td>
              </tr>
            )
          })}
        </tbody>
      </table>
      {row.revertsRevision !== null && <p className={text.quiet}>The boost of change {row.revertsRevision} ended.</p>}
      {row.endsAt && (
        <p className={text.quiet}>
          A boost: it {now < Date.parse(row.endsAt) ? 'ends' : 'ended'} <Time at={row.endsAt} />.
        </p>
      )}
      <FollowedPropagation followed={{ revision: row.revision }} />
      {mayEdit && row.changes.length > 0 && (
        <div>
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconArrowBackUp size={15} />}
            onClick={() => set(revertPatch(row.revision, row.changes))}
          >
            Revert change {row.revision}
          </Button>
        </div>
      )}
    </div>
  )
}
