'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { SearchField } from '../../components/SearchField.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Words } from '../../components/Words.tsx'
import { formatInteger, plural } from '../../lib/format.ts'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import classes from './Image.module.css'

type Package = Outputs['image']['packages']['items'][number]

const columns: Column<Package>[] = [
  { key: 'name', title: 'Package', cell: ({ name }) => <Words text={name} long="cut" /> },
  { key: 'versions', title: 'Version', cell: ({ versions }) => <Words text={versions.join(', ')} /> },
  { key: 'type', title: 'From', cell: ({ type }) => type || 'not said' },
]

/** What the SBOM lists. */
export function Packages({ imageId }: { imageId: string }) {
  const trpc = useTRPC()
  const { get } = useUrlParams()
  const search = (get('package') ?? '').slice(0, 100)
  const packages = useQuery(
    trpc.image.packages.queryOptions(
      { id: imageId, search },
      // What was registered never changes.
      { placeholderData: keepPreviousData, staleTime: Number.POSITIVE_INFINITY },
    ),
  )
  return (
    <Section title="Packages" sentence="As the SBOM lists them.">
      <div className={classes.actions}>
        <SearchField label="Search packages" urlKey="package" />
      </div>
      <QueryView query={packages} what="the packages" skeleton={<SkeletonRows rows={6} />}>
        {({ items, total }) => (
          <>
            <p className={classes.text} role="status">
              {total > items.length
                ? `The first ${items.length} of ${formatInteger(total)} packages.`
                : `${plural(total, 'package')}.`}
            </p>
            {items.length > 0 && (
              <DataTable
                label="Packages"
                columns={columns}
                rows={items}
                rowKey={({ name, type }) => JSON.stringify([name, type])}
                urlPrefix="p"
              />
            )}
          </>
        )}
      </QueryView>
    </Section>
  )
}
