'use client'

import { Button, VisuallyHidden } from '@mantine/core'
import { type LimitName, limitDefinitions, limitNames } from '@tickwatch/policy'
import Link from 'next/link'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { limitText } from '../../components/LimitChanges.tsx'
import { Section } from '../../components/Section.tsx'
import { Explained, Term } from '../../components/Term.tsx'
import { formatInteger } from '../../lib/format.ts'
import { isQueryLimit } from '../../lib/limitGroups.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { isMetered } from './usage.ts'

type Props = { quota: Outputs['quota']['current']; mayEdit: boolean }

const otherWriteLimits = limitNames.filter((limit) => !isQueryLimit(limit) && !isMetered(limit))
const queryLimits = limitNames.filter(isQueryLimit)

/** The limits without a meter: their values, and the range that this tenant may set. */
export function OtherLimits({ quota, mayEdit }: Props) {
  return (
    <>
      <Section title="Other limits">
        <LimitTable label="Other limits" names={otherWriteLimits} quota={quota} mayEdit={mayEdit} urlPrefix="limits-" />
      </Section>
      <Section
        title="Query limits"
        sentence={
          <>
            All <Link href={`/t/${quota.tenant.id}/readers`}>readers</Link> of {quota.tenant.id} together stay within
            these limits.
          </>
        }
      >
        <LimitTable label="Query limits" names={queryLimits} quota={quota} mayEdit={mayEdit} urlPrefix="queries-" />
      </Section>
    </>
  )
}

function LimitTable({
  label,
  names,
  quota,
  mayEdit,
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
      width: '18%',
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
      width: '18%',
      cell: (limit) =>
        quota.own[limit] === undefined || quota.own[limit] === null ? 'the platform’s default' : 'this tenant',
    },
  ]
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
