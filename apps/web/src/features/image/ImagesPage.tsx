'use client'

import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Id } from '../../components/Id.tsx'
import { Link } from '../../components/Link.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import text from '../../components/text.module.css'
import { Words } from '../../components/Words.tsx'
import { plural } from '../../lib/format.ts'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import classes from './Image.module.css'
import {
  countsWords,
  type Image,
  imageHref,
  imagesInput,
  imagesSentence,
  severityKind,
  severityPhrase,
  verdictWords,
  worstOf,
} from './images.ts'

/** Keys, exceptions, EC2 and the time change whether an image may roll out. */
const refetchInterval = 15_000

/** `/images`: the golden images that pipelines registered, and which of them may roll out. */
export function ImagesPage() {
  const trpc = useTRPC()
  const { get } = useUrlParams()
  const images = useQuery(
    trpc.image.list.queryOptions(imagesInput(get), { refetchInterval, placeholderData: keepPreviousData }),
  )
  const isWhole = images.data?.nextCursor === null && get('cursor') === null
  return (
    <>
      <PageHeader title="Images" sentence={images.data && imagesSentence(images.data.items, isWhole)} />
      <QueryView query={images} what="the images" skeleton={<SkeletonRows rows={4} />}>
        {({ items, nextCursor, policy }) =>
          items.length === 0 ? (
            <EmptyState title="No image is registered">
              A pipeline that built and signed an image registers it here with an{' '}
              <Link href="/api-tokens">API token</Link> that may register golden images. The list will show which of
              them may roll out, and why others may not.
            </EmptyState>
          ) : (
            <>
              <p className={classes.prose}>
                An image may roll out if its signature and provenance hold, EC2 has its AMIs as the manifest names them,
                no vulnerability is {policy.severitiesRefused.map(severityPhrase).join(' or ')} without an exception,
                and it is at most {policy.ageDaysMax} days old. All of that is decided again each time this page asks.
              </p>
              <DataTable
                label="Images"
                columns={columns}
                rows={items}
                rowKey={({ id }) => id}
                href={({ id }) => imageHref(id)}
                nextCursor={nextCursor}
                dense
              />
            </>
          )
        }
      </QueryView>
    </>
  )
}

const columns: Column<Image>[] = [
  { key: 'image', title: 'Image', cell: ({ name, version }) => `${name} ${version}`, oneLine: true },
  {
    key: 'verdict',
    title: 'Verdict',
    cell: (image) => {
      const { kind, words } = verdictWords(image)
      return (
        <>
          <Status kind={kind}>{words}</Status>
          {image.firstRefusal !== null && (
            <span className={text.quiet}>
              <Words text={image.firstRefusal} long="cut" />
              {image.refusals > 1 && ` And ${plural(image.refusals - 1, 'more reason')}.`}
            </span>
          )}
        </>
      )
    },
    narrow: 'wide',
  },
  {
    key: 'vulnerabilities',
    title: 'Vulnerabilities',
    cell: ({ severities, excepted }) => {
      const worst = worstOf(severities)
      return (
        <>
          <Status kind={worst === null ? 'good' : severityKind(worst)}>{countsWords(severities)}</Status>
          {excepted > 0 && <span className={text.quiet}>{excepted} allowed by an exception</span>}
        </>
      )
    },
  },
  { key: 'builtAt', title: 'Built', cell: ({ builtAt }) => (builtAt === null ? '–' : <Time at={builtAt} />) },
  {
    key: 'commit',
    title: 'Commit',
    cell: ({ commit }) => (commit === null ? '–' : <Id value={commit} label="commit" />),
  },
  {
    key: 'where',
    title: 'Where',
    cell: ({ regions, architectures }) => (
      <>
        {regions.join(', ')}
        <span className={text.quiet}>{architectures.join(', ')}</span>
      </>
    ),
  },
  {
    key: 'registeredAt',
    title: 'Registered',
    cell: ({ registeredAt, registeredBy }) => (
      <>
        <Time at={registeredAt} />
        <span className={text.quiet}>by the token {registeredBy}</span>
      </>
    ),
  },
]
