import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Link } from '../../components/Link.tsx'
import { Section } from '../../components/Section.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import type { Outputs } from '../../lib/trpc/client.ts'
import { endWords } from './traffic.ts'

type Start = Outputs['gateway']['starts'][number]

const columns: Column<Start>[] = [
  { key: 'gatewayId', title: 'Gateway', cell: (s) => <Link href={`/gateways/${s.gatewayId}`}>{s.gatewayId}</Link> },
  { key: 'startedAt', title: 'Started', cell: (s) => <Time at={s.startedAt} /> },
  { key: 'softwareVersion', title: 'Software', cell: (s) => s.softwareVersion },
  { key: 'previous', title: 'The process before it', cell: (s) => <Previous start={s} />, narrow: 'wide' },
]

/** Each start of a gateway's process, newest first, with the end of the process before it. */
export function GatewayStarts({ starts }: { starts: readonly Start[] }) {
  return (
    <Section
      title="Starts"
      sentence="Each start of a gateway in the last 30 days, newest first, at most 20. A process that stops sends a last heartbeat. One that crashes, or that stops while the API is away, does not."
    >
      <DataTable
        label="Starts"
        columns={columns}
        rows={starts}
        rowKey={(s) => `${s.gatewayId} ${s.startedAt}`}
        urlPrefix="s"
        dense
      />
    </Section>
  )
}

function Previous({ start: { previous } }: { start: Start }) {
  if (!previous) return 'none is known'
  return previous.end === 'left' ? (
    <Status kind="quiet">
      {endWords.left} <Time at={previous.at} />
    </Status>
  ) : (
    <Status kind="warning">
      {endWords.lost}, last seen <Time at={previous.at} />
    </Status>
  )
}
