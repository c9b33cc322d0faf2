'use client'

import { Button, VisuallyHidden } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Section } from '../../components/Section.tsx'
import { QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { formatInteger } from '../../lib/format.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import classes from './Image.module.css'
import { severityKind, severityWords, type Vulnerability } from './images.ts'

const keyOf = ({ vulnerability, package: name }: Vulnerability): string => JSON.stringify([vulnerability, name])

const columns: Column<Vulnerability>[] = [
  { key: 'vulnerability', title: 'Vulnerability', cell: (row) => <Words text={row.vulnerability} long="cut" /> },
  {
    key: 'severity',
    title: 'Severity',
    cell: ({ severity }) => <Status kind={severityKind(severity)}>{severityWords(severity)}</Status>,
  },
  {
    key: 'package',
    title: 'Package',
    cell: ({ package: name, versions }) => (
      <>
        <Words text={name} long="cut" />
        <span className={text.quiet}>
          <Words text={versions.map((each) => `${each.version} (${each.architectures.join(', ')})`).join(', ')} />
        </span>
      </>
    ),
  },
  {
    key: 'fixedIn',
    title: 'Fixed in',
    cell: ({ fixedIn }) => (fixedIn.length === 0 ? 'no version yet' : <Words text={fixedIn.join(', ')} long="cut" />),
  },
  {
    key: 'exception',
    title: 'Exception',
    cell: ({ counts, exceptedUntil }) =>
      exceptedUntil !== null ? (
        <>
          expires <Time at={exceptedUntil} />
        </>
      ) : counts ? (
        'none'
      ) : (
        'not needed'
      ),
  },
]

/** @param onAllow null if the person can make no exceptions */
export function Vulnerabilities({
  imageId,
  onAllow,
}: {
  imageId: string
  onAllow: ((vulnerability: Vulnerability) => void) | null
}) {
  const trpc = useTRPC()
  const found = useQuery(trpc.image.vulnerabilities.queryOptions({ id: imageId }, { refetchInterval: 30_000 }))
  const allow: Column<Vulnerability> = {
    key: 'allow',
    title: <VisuallyHidden>Allow</VisuallyHidden>,
    label: '',
    cell: (row) =>
      row.counts &&
      row.exceptedUntil === null && (
        <Button
          size="compact-xs"
          variant="default"
          aria-label={`Allow ${row.vulnerability} of ${row.package}`}
          onClick={() => onAllow?.(row)}
        >
          Allow…
        </Button>
      ),
  }
  return (
    <Section title="Vulnerabilities" sentence="As the scanner reported them when the image was built.">
      <QueryView query={found} what="the vulnerabilities" skeleton={<SkeletonRows rows={3} />}>
        {({ items, total }) =>
          items.length === 0 ? (
            <p className={classes.text}>The scanner found none.</p>
          ) : (
            <>
              {total > items.length && (
                <p className={classes.text}>
                  These are the worst {items.length} of {formatInteger(total)}.
                </p>
              )}
              <DataTable
                label="Vulnerabilities"
                columns={onAllow ? [...columns, allow] : columns}
                rows={items}
                rowKey={keyOf}
                findBy={(row) => `${row.vulnerability} ${row.package}`}
                urlPrefix="v"
              />
            </>
          )
        }
      </QueryView>
    </Section>
  )
}
