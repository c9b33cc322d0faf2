'use client'

import { Button, VisuallyHidden } from '@mantine/core'
import { type LimitName, limitDefinitions, limitNames } from '@tickwatch/policy'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { limitText } from '../../components/LimitChanges.tsx'
import { Section } from '../../components/Section.tsx'
import { Explained, Term } from '../../components/Term.tsx'
import { formatInteger } from '../../lib/format.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/url-state.ts'
import { isMetered } from './usage.ts'

const names = limitNames.filter((limit) => !isMetered(limit))

/** The limits without a meter: what they are, and how far this tenant may move them. */
export function OtherLimits({ quota, mayEdit }: { quota: Outputs['quota']['current']; mayEdit: boolean }) {
  const { set } = useUrlParams()
  const columns: Column<LimitName>[] = [
    {
      key: 'limit',
      title: 'Limit',
      cell: (limit) => <Explained words={limitDefinitions[limit].help}>{limitDefinitions[limit].title}</Explained>,
    },
    { key: 'value', title: 'Now', align: 'right', cell: (limit) => limitText(limit, quota.resolved[limit]) },
    {
      key: 'envelope',
      title: <Term name="envelope">Envelope</Term>,
      label: 'Envelope',
      align: 'right',
      cell: (limit) => {
        const bounds = quota.envelope[limit]
        return bounds ? `${formatInteger(bounds.min)} – ${formatInteger(bounds.max)}` : 'by approval only'
      },
    },
    {
      key: 'own',
      title: 'Set by',
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
  return (
    <Section title="Other limits">
      <DataTable label="Other limits" columns={columns} rows={names} rowKey={(limit) => limit} urlPrefix="limits-" />
    </Section>
  )
}
