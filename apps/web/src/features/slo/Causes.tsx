'use client'

import { useQuery } from '@tanstack/react-query'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Num } from '../../components/Num.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Words } from '../../components/Words.tsx'
import { formatDuration } from '../../lib/format.ts'
import { alone } from '../../lib/trpc/alone.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import type { SloView } from './words.ts'

type View = Outputs['sloReads']['causes']
type Cause = NonNullable<View['byCause']>[number]

const causeWords: Record<Cause['cause'], string> = {
  platform: 'The platform',
  tenant: 'The tenant, over its own limits',
  aws: 'AMP or AWS',
  unknown: 'Nobody knows',
}
const columns: Column<Cause>[] = [
  { key: 'cause', title: 'Cause', cell: (row) => causeWords[row.cause] },
  { key: 'bad', title: 'Bad events', cell: (row) => <Num value={row.bad} style="integer" />, align: 'right' },
  { key: 'values', title: 'As the metric says', cell: (row) => <Words text={row.values.join(', ')} /> },
]

/** The bad events of the last hours by who must act on them. */
export function Causes({ slo, group }: { slo: SloView; group: string | null }) {
  const trpc = useTRPC()
  const { sli } = slo.definition
  const isSplit = sli.kind === 'ratio' && sli.causeLabel !== undefined
  const causes = useQuery(
    trpc.sloReads.causes.queryOptions(
      { sloId: slo.sloId, group },
      { enabled: isSplit, staleTime: 60_000, trpc: alone },
    ),
  )
  if (!isSplit) {
    return (
      <Section title="Causes">
        <p>Its metric does not say why an event was bad, so the bad events can’t be split by cause.</p>
      </Section>
    )
  }
  return (
    <Section title="Causes" sentence={causes.data && sentenceOf(causes.data)}>
      <QueryView query={causes} what="the causes" skeleton={<SkeletonRows rows={3} />}>
        {({ byCause }) =>
          byCause !== null &&
          byCause.length > 0 && (
            <DataTable
              label="Bad events by cause"
              columns={columns}
              rows={byCause}
              rowKey={(row) => row.cause}
              urlPrefix="causes-"
            />
          )
        }
      </QueryView>
    </Section>
  )
}

function sentenceOf({ from, to, byCause, missing }: View): string {
  if (byCause === null) return missing ?? 'Its metric does not say why an event was bad.'
  const words = `in the last ${formatDuration(Date.parse(to) - Date.parse(from))}`
  return byCause.length === 0 ? `Its counters have no bad event ${words}.` : `Who must act on what was bad ${words}.`
}
