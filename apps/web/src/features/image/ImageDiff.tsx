'use client'

import { NativeSelect } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Words } from '../../components/Words.tsx'
import { formatInteger } from '../../lib/format.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import classes from './Image.module.css'
import { changeWords, diffSentence, type ImageDetail, severityKind, severityWords } from './images.ts'

type Diff = Outputs['image']['diff']
type Difference = Diff['packages'][number]
type Vulnerability = Diff['vulnerabilities'][number]

/** What another version of the same image has that this one has not, and the reverse. */
export function ImageDiff({ image }: { image: ImageDetail }) {
  const { get, set } = useUrlParams()
  const { otherVersions } = image
  const other = otherVersions.find(({ id }) => id === get('with'))
  return (
    <Section title="Compare" sentence="What changed from another version to this one.">
      {otherVersions.length === 0 ? (
        <p className={classes.text}>No other version of {image.name} is registered.</p>
      ) : (
        <>
          <div className={classes.actions}>
            <NativeSelect
              size="xs"
              label="From version"
              data={[
                { value: '', label: 'Choose a version' },
                ...otherVersions.map(({ id, version }) => ({ value: id, label: version })),
              ]}
              value={other?.id ?? ''}
              onChange={(event) => set({ with: event.currentTarget.value }, { replace: true })}
            />
          </div>
          {other && <Differences from={other.id} to={image.id} />}
        </>
      )}
    </Section>
  )
}

function Differences({ from, to }: { from: string; to: string }) {
  const trpc = useTRPC()
  const diff = useQuery(
    trpc.image.diff.queryOptions(
      { from, to },
      // What was registered never changes.
      { placeholderData: keepPreviousData, staleTime: Number.POSITIVE_INFINITY },
    ),
  )
  return (
    <QueryView query={diff} what="the differences" skeleton={<SkeletonRows rows={6} />}>
      {(data) => (
        <>
          <p className={classes.text} role="status">
            From {data.from} to {data.to}: {diffSentence(data)}
          </p>
          <Part title="Packages" shown={data.packages.length} total={data.totals.packages}>
            <DataTable
              label="Packages that differ"
              columns={differenceColumns('Package')}
              rows={data.packages}
              rowKey={({ name, from, to }) => JSON.stringify([name, from, to])}
              findBy={({ name }) => name}
              urlPrefix="dp"
            />
          </Part>
          <Part title="Vulnerabilities" shown={data.vulnerabilities.length} total={data.totals.vulnerabilities}>
            <DataTable
              label="Vulnerabilities that differ"
              columns={vulnerabilityColumns}
              rows={data.vulnerabilities}
              rowKey={(row) => JSON.stringify([row.vulnerability, row.package])}
              findBy={(row) => `${row.vulnerability} ${row.package}`}
              urlPrefix="dv"
            />
          </Part>
          <Part title="Manifest and configuration" shown={data.manifest.length} total={data.totals.manifest}>
            <DataTable
              label="Values of the manifest that differ"
              columns={differenceColumns('Value')}
              rows={data.manifest}
              rowKey={({ name }) => name}
              urlPrefix="dm"
            />
          </Part>
        </>
      )}
    </QueryView>
  )
}

/** Shows nothing if nothing differs. */
function Part({ title, shown, total, children }: { title: string; shown: number; total: number; children: ReactNode }) {
  if (total === 0) return null
  return (
    <>
      <h3 className={classes.heading}>{title}</h3>
      {total > shown && (
        <p className={classes.text}>
          The first {shown} of {formatInteger(total)}.
        </p>
      )}
      {children}
    </>
  )
}

const differenceColumns = (title: string): Column<Difference>[] => [
  { key: 'name', title, cell: ({ name }) => <Words text={name} long="cut" /> },
  { key: 'change', title: 'Change', cell: (row) => <Words text={changeWords(row)} />, narrow: 'wide' },
]

const vulnerabilityColumns: Column<Vulnerability>[] = [
  { key: 'vulnerability', title: 'Vulnerability', cell: (row) => <Words text={row.vulnerability} long="cut" /> },
  { key: 'package', title: 'Package', cell: (row) => <Words text={row.package} long="cut" /> },
  {
    key: 'severity',
    title: 'Severity',
    cell: ({ severity }) => <Status kind={severityKind(severity)}>{severityWords(severity)}</Status>,
  },
  { key: 'change', title: 'Change', cell: ({ isNew }) => (isNew ? 'new' : 'gone') },
]
