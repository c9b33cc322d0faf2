'use client'

import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { type Column, DataTable } from '../../components/DataTable.tsx'
import { Id } from '../../components/Id.tsx'
import { Link } from '../../components/Link.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { Section } from '../../components/Section.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { describeFault } from '../../lib/errors.ts'
import { useCan } from '../../lib/me.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { askHref } from '../rollout/rollouts.ts'
import { Checks } from './Checks.tsx'
import { Evidence } from './Evidence.tsx'
import { Exceptions } from './Exceptions.tsx'
import classes from './Image.module.css'
import { ImageDiff } from './ImageDiff.tsx'
import { type Exception, type ImageDetail, type Vulnerability, verdictWords } from './images.ts'
import { Packages } from './Packages.tsx'
import { Vulnerabilities } from './Vulnerabilities.tsx'

// The dialogs load their code when they are first opened.
const AllowVulnerability = dynamic(() => import('./AllowVulnerability.tsx').then((m) => m.AllowVulnerability), {
  ssr: false,
})
const EndException = dynamic(() => import('./EndException.tsx').then((m) => m.EndException), { ssr: false })

/** `/images/<id>`: whether an image may roll out and why, what is in it, who built it, and how it differs from another. */
export function ImagePage({ imageId }: { imageId: string }) {
  const trpc = useTRPC()
  const mayManage = useCan('image:manage')
  const rollsOut = useCan('rollout:manage')
  const [allowing, setAllowing] = useState<Vulnerability | null>(null)
  const [ending, setEnding] = useState<Exception | null>(null)
  const image = useQuery(trpc.image.get.queryOptions({ id: imageId }, { refetchInterval: 15_000 }))
  if (image.error && describeFault(image.error).notFound) {
    return (
      <>
        <PageHeader title="Image" />
        <EmptyState title="No such image">
          No image with this id is registered. <Link href="/images">All images</Link>
        </EmptyState>
      </>
    )
  }
  return (
    <>
      <PageHeader
        title={image.data ? `${image.data.name} ${image.data.version}` : 'Image'}
        sentence={image.data && <Sentence image={image.data} />}
        action={
          rollsOut &&
          image.data?.ready && (
            <Button component={Link} href={askHref(imageId)}>
              Ask for a rollout
            </Button>
          )
        }
      />
      <QueryView query={image} what="the image" skeleton={<SkeletonRows rows={8} />}>
        {(data) => (
          <>
            <Checks checks={data.checks} />
            <Section title="AMIs" sentence="As EC2 described them last.">
              <DataTable
                label="AMIs"
                columns={amiColumns}
                rows={data.amis}
                rowKey={({ region, architecture }) => `${region} ${architecture}`}
                urlPrefix="a"
              />
            </Section>
            <Vulnerabilities imageId={imageId} onAllow={mayManage ? setAllowing : null} />
            <Exceptions imageName={data.name} exceptions={data.exceptions} onEnd={mayManage ? setEnding : null} />
            <Section title="Changelog">
              {data.changelog === '' ? (
                <p className={classes.text}>The pipeline sent none.</p>
              ) : (
                <p className={classes.changelog}>
                  <Words text={data.changelog} />
                </p>
              )}
            </Section>
            <ImageDiff image={data} />
            <Evidence image={data} />
            <Packages imageId={imageId} />
            {allowing && (
              <AllowVulnerability imageName={data.name} found={allowing} onClose={() => setAllowing(null)} />
            )}
            {ending && <EndException imageName={data.name} exception={ending} onClose={() => setEnding(null)} />}
          </>
        )}
      </QueryView>
    </>
  )
}

function Sentence({ image }: { image: ImageDetail }) {
  const { kind, words } = verdictWords(image)
  return (
    <>
      <Status kind={kind}>{image.ready ? `It ${words}.` : 'It may not roll out.'}</Status>{' '}
      {image.builtAt !== null && (
        <>
          Built <Time at={image.builtAt} />
          {image.commit !== null && (
            <>
              {' '}
              from commit <Id value={image.commit} label="commit" />
            </>
          )}
          , registered <Time at={image.registeredAt} /> by the token {image.registeredBy}.
        </>
      )}
    </>
  )
}

type Ami = ImageDetail['amis'][number]
const amiColumns: Column<Ami>[] = [
  { key: 'region', title: 'Region', cell: ({ region }) => region, oneLine: true },
  { key: 'architecture', title: 'Architecture', cell: ({ architecture }) => architecture },
  { key: 'amiId', title: 'AMI', cell: ({ amiId }) => <Id value={amiId} keep={21} label="AMI" />, narrow: 'wide' },
  {
    key: 'state',
    title: 'State',
    cell: ({ state, observedAt }) => {
      if (observedAt === null) return <Status kind="quiet">EC2 has not answered yet</Status>
      if (state === null) return <Status kind="bad">EC2 does not know it</Status>
      return <Status kind={state === 'available' ? 'good' : 'bad'}>{state}</Status>
    },
  },
  {
    key: 'observedAt',
    title: 'EC2 answered',
    cell: ({ observedAt }) => (observedAt === null ? '–' : <Time at={observedAt} />),
  },
]
