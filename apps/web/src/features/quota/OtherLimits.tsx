'use client'

import { Button, VisuallyHidden } from '@mantine/core'
import { type LimitName, limitDefinitions, limitNames } from '@tickwatch/policy'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { FoldingSection } from '../../components/FoldingSection.tsx'
import { limitText } from '../../components/LimitChanges.tsx'
import { Link } from '../../components/Link.tsx'
import { Num } from '../../components/Num.tsx'
import { Explained, Term } from '../../components/Term.tsx'
import { formatInteger, plural } from '../../lib/format.ts'
import { isQueryLimit } from '../../lib/limitGroups.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { isMetered } from './usage.ts'

type Props = {
  quota: Outputs['quota']['current']
  mayEdit: boolean
  /** What each limit refused in the last 24 h; undefined if that is not known. */
  refused24h: Partial<Record<LimitName, number>> | undefined
}

/** The unit of what a limit without a meter refuses. */
const refusedUnit = (limit: LimitName) =>
  isQueryLimit(limit) ? 'queries' : limit === 'ingest.requestBytesMax' ? 'requests' : 'samples'

const otherWriteLimits = limitNames.filter((limit) => !isQueryLimit(limit) && !isMetered(limit))
const queryLimits = limitNames.filter(isQueryLimit)

/** The limits without a meter: their values, and the range that this tenant may set. */
export function OtherLimits(props: Props) {
  return (
    <>
      <FoldingSection id="limits" title="Other limits" summary={refusedWords(otherWriteLimits, props.refused24h)}>
        <LimitTable label="Other limits" names={otherWriteLimits} {...props} urlPrefix="limits-" />
      </FoldingSection>
      <FoldingSection
        id="queries"
        title="Query limits"
        summary={refusedWords(queryLimits, props.refused24h)}
        sentence={
          <>
            All <Link href={`/t/${props.quota.tenant.id}/readers`}>readers</Link> of {props.quota.tenant.id} together
            stay within these limits.
          </>
        }
      >
        <LimitTable label="Query limits" names={queryLimits} {...props} urlPrefix="queries-" />
      </FoldingSection>
    </>
  )
}

/** Which of the limits refused something in the last 24 h. */
function refusedWords(names: readonly LimitName[], refused24h: Props['refused24h']): string {
  const limits = plural(names.length, 'limit')
  if (!refused24h) return `${limits}. It is not known what they refused in the last 24 h.`
  const refusing = names.filter((limit) => wasRefused(refused24h[limit]))
  if (refusing.length === 0) return `${limits}. None refused anything in the last 24 h.`
  return `${limits}. Refused in the last 24 h by: ${refusing.map((limit) => limitDefinitions[limit].title.toLowerCase()).join(', ')}.`
}

const wasRefused = (figure: number | undefined) => (figure ?? 0) >= 0.5

function LimitTable({
  label,
  names,
  quota,
  mayEdit,
  refused24h,
  urlPrefix,
}: Props & { label: string; names: readonly LimitName[]; urlPrefix: string }) {
  const { set } = useUrlParams()
  const columns: Column<LimitName>[] = [
    {
      key: 'limit',
      title: 'Limit',
      width: '26%',
      cell: (limit) => <Explained words={limitDefinitions[limit].help}>{limitDefinitions[limit].title}</Explained>,
    },
    {
      key: 'value',
      title: 'Now',
      align: 'right',
      width: '16%',
      cell: (limit) => limitText(limit, quota.resolved[limit]),
    },
    {
      key: 'envelope',
      title: <Term name="envelope">Envelope</Term>,
      label: 'Envelope',
      align: 'right',
      width: '18%',
      cell: (limit) => {
        const bounds = quota.envelope[limit]
        return bounds ? `${formatInteger(bounds.min)} – ${formatInteger(bounds.max)}` : 'by approval only'
      },
    },
    {
      key: 'own',
      title: 'Set by',
      narrow: 'hidden',
      width: '18%',
      cell: (limit) =>
        quota.own[limit] === undefined || quota.own[limit] === null ? 'the platform’s default' : 'this tenant',
    },
  ]
  columns.push({
    key: 'refused',
    title: 'Refused in 24 h',
    align: 'right',
    cell: (limit) => {
      const refused = refused24h?.[limit] ?? 0
      if (!refused24h) return 'not known'
      return !wasRefused(refused) ? 'nothing' : <Num value={refused} unit={refusedUnit(limit)} />
    },
  })
  if (mayEdit) {
    columns.push({
      key: 'edit',
      title: <VisuallyHidden>Edit</VisuallyHidden>,
      label: 'Edit',
      align: 'right',
      cell: (limit) => (
        <Button size="compact-xs" variant="default" onClick={() => set({ edit: limit })}>
          {`Edit ${limitDefinitions[limit].title.toLowerCase()}`}
        </Button>
      ),
    })
  }
  return <DataTable label={label} columns={columns} rows={names} rowKey={(limit) => limit} urlPrefix={urlPrefix} />
}
