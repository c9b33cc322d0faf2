'use client'

import { NativeSelect } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '../../components/Link.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Words } from '../../components/Words.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { useUrlParams } from '../../lib/urlState.ts'
import { type Image, imageIdOf } from '../image/images.ts'
import { FreezeNotice } from './FreezeNotice.tsx'
import { PlanForm } from './PlanForm.tsx'
import { choosableInput, chosenOf, type Target, targetsEveryMs } from './planForm.ts'
import classes from './Rollout.module.css'
import { imageWords } from './rollouts.ts'

/** `/rollouts/new`: asks for a rollout of an image in an environment. The URL has both. */
export function NewRolloutPage() {
  const trpc = useTRPC()
  const wanted = useUrlParams().get('image')
  const images = useQuery(trpc.image.list.queryOptions(choosableInput))
  const listed = images.data?.items ?? []
  const isOlder = images.isSuccess && wanted !== null && !listed.some(({ id }) => id === wanted)
  const older = useQuery(
    trpc.image.get.queryOptions({ id: imageIdOf(wanted ?? '') }, { enabled: isOlder, retry: false }),
  )
  const targets = useQuery(useTRPC().rollout.targets.queryOptions(undefined, { refetchInterval: targetsEveryMs }))
  return (
    <>
      <PageHeader
        title="Ask for a rollout"
        sentence="Nothing changes until other people have approved exactly what you ask for here."
      />
      <QueryView query={targets} what="the targets" skeleton={<SkeletonRows rows={4} />}>
        {({ targets: known, missing }) =>
          missing !== null ? (
            <EmptyState title="There are no targets">
              <Words text={missing} />
            </EmptyState>
          ) : (
            <QueryView query={images} what="the images" skeleton={<SkeletonRows rows={4} />}>
              {({ items }) => <Choice images={older.data ? [...items, older.data] : items} targets={known} />}
            </QueryView>
          )
        }
      </QueryView>
    </>
  )
}

function Choice({ images, targets }: { images: readonly Image[]; targets: readonly Target[] }) {
  const { get, set } = useUrlParams()
  const { offered, image, environments, environment, refused } = chosenOf({ images, targets }, get)
  if (offered.length === 0) {
    return (
      <EmptyState title="No image may roll out">
        An image can be chosen if all its checks pass and a target runs images of its name.{' '}
        <Link href="/images">All images</Link>
      </EmptyState>
    )
  }
  return (
    <>
      <div className={classes.numbers}>
        <NativeSelect
          label="Image"
          description="Those that may roll out now."
          data={[
            ...(image ? [] : [{ value: '', label: 'Choose an image' }]),
            ...offered.map(({ id, name, version }) => ({ value: id, label: imageWords({ name, version }) })),
          ]}
          value={image?.id ?? ''}
          onChange={(event) => set({ image: event.currentTarget.value, environment: null })}
        />
        {image && (
          <NativeSelect
            label="Environment"
            description="Where its targets are."
            data={[
              ...(environment === null ? [{ value: '', label: 'Choose an environment' }] : []),
              ...environments.map((name) => ({ value: name, label: name })),
            ]}
            value={environment ?? ''}
            onChange={(event) => set({ environment: event.currentTarget.value })}
          />
        )}
      </div>
      {refused && (
        <p className={classes.fault} role="status">
          The image of this link may not roll out, or no target runs images of its name.
        </p>
      )}
      {image && environment !== null && (
        <>
          <FreezeNotice environment={environment} />
          <Draft key={`${image.id} ${environment}`} imageId={image.id} environment={environment} />
        </>
      )}
    </>
  )
}

/** The usual plan of the environment, to edit. */
function Draft({ imageId, environment }: { imageId: string; environment: string }) {
  const trpc = useTRPC()
  const draft = useQuery(
    trpc.rollout.draft.queryOptions(
      { imageId, environment },
      // What was typed is of this plan, so it stays until the person chooses another.
      { staleTime: Number.POSITIVE_INFINITY, refetchOnWindowFocus: false },
    ),
  )
  return (
    <QueryView query={draft} what="the usual plan" skeleton={<SkeletonRows rows={8} />}>
      {(data) => <PlanForm imageId={imageId} environment={environment} draft={data} />}
    </QueryView>
  )
}
