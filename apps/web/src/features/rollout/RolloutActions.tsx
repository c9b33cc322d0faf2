'use client'

import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { useState } from 'react'
import { Link } from '../../components/Link.tsx'
import { Locked } from '../../components/Locked.tsx'
import { RoleHolders } from '../../components/RoleHolders.tsx'
import text from '../../components/text.module.css'
import { useCan } from '../../lib/me.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import classes from './Rollout.module.css'
import { type ActionKind, actionWords, askHref, imageWords, isOver, type Rollout } from './rollouts.ts'

// The dialog loads its code when it is first opened.
const ReasonDialog = dynamic(() => import('../../components/ReasonDialog.tsx').then((m) => m.ReasonDialog), {
  ssr: false,
})

/** What a person can do with a rollout now, each with a reason. One that is over is rolled back by another rollout. */
export function RolloutActions({ rollout }: { rollout: Rollout }) {
  const manages = useCan('rollout:manage')
  const [acting, setActing] = useState<ActionKind | null>(null)
  if (!manages) {
    if (isOver(rollout)) return null
    return (
      <Locked>
        To stop a rollout you need the role platform admin.
        <RoleHolders permission="rollout:manage" />
      </Locked>
    )
  }
  if (isOver(rollout)) return <PreviousImage rollout={rollout} />
  return (
    <div className={classes.actions}>
      {rollout.actions
        .filter(({ refusal }) => refusal === null)
        .map(({ kind }) => (
          <Button key={kind} variant="default" onClick={() => setActing(kind)}>
            {actionWords(kind, rollout).button}…
          </Button>
        ))}
      {acting !== null && <ActDialog key={acting} kind={acting} rollout={rollout} onClose={() => setActing(null)} />}
    </div>
  )
}

function ActDialog({ kind, rollout, onClose }: { kind: ActionKind; rollout: Rollout; onClose: () => void }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const act = useMutation(
    trpc.rollout.act.mutationOptions({
      onSuccess: onClose,
      onSettled: () => queryClient.invalidateQueries({ queryKey: trpc.rollout.pathKey() }),
    }),
  )
  const { button, title, sentence, failed, dangerous } = actionWords(kind, rollout)
  return (
    <ReasonDialog
      title={title}
      sentence={sentence}
      button={button}
      back="Change nothing"
      description="Shown with the rollout and in the audit log."
      failed={failed}
      dangerous={dangerous}
      mutation={act}
      onConfirm={(reason) => act.mutate({ id: rollout.id, kind, reason })}
      onClose={onClose}
    />
  )
}

/** The way back from a rollout that is over is a rollout of the image before. */
function PreviousImage({ rollout: { phase, previousImage, environment } }: { rollout: Rollout }) {
  if (phase !== 'succeeded' && phase !== 'aborted' && phase !== 'rollback failed') return null
  if (previousImage === null) {
    return (
      <p className={text.quiet}>
        The groups ran different images before, or one that is not in the catalogue.{' '}
        <Link href={askHref(null, environment)}>Ask for another image</Link>
      </p>
    )
  }
  return (
    <Button variant="default" component={Link} href={askHref(previousImage.id, environment)}>
      Roll back to {imageWords(previousImage)}…
    </Button>
  )
}
