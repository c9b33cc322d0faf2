import { useQuery } from '@tanstack/react-query'
import { LimitChanges } from '../../components/LimitChanges.tsx'
import { SidePanel } from '../../components/SidePanel.tsx'
import { QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Time } from '../../components/Time.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { formatDuration } from '../../lib/format.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import classes from './QuotasPage.module.css'
import { RequestState } from './RequestState.tsx'
import { RequestThread } from './RequestThread.tsx'

/** One request of the tenant. */
export function RequestPanel({ id, mayEdit, onClose }: { id: string; mayEdit: boolean; onClose: () => void }) {
  const trpc = useTRPC()
  const request = useQuery(trpc.quota.request.queryOptions({ id }))
  return (
    <SidePanel title="Request" onClose={onClose}>
      <QueryView query={request} what="this request" skeleton={<SkeletonRows rows={4} />}>
        {(data) => (
          <div className={classes.request}>
            <LimitChanges changes={data.changes} />
            <p className={text.quiet}>
              <Words text={data.by.name} /> asked <Time at={data.createdAt} />: <Words text={data.reason} quoted />
            </p>
            {data.boostSeconds !== null && !data.endsAt && (
              <p className={text.quiet}>
                A boost: it lasts {formatDuration(data.boostSeconds * 1_000)} from its approval.
              </p>
            )}
            {data.endsAt && (
              <p className={text.quiet}>
                A boost: it ends <Time at={data.endsAt} />.
              </p>
            )}
            <RequestState request={data} mayEdit={mayEdit} />
            <RequestThread request={data} mayEdit={mayEdit} />
          </div>
        )}
      </QueryView>
    </SidePanel>
  )
}
