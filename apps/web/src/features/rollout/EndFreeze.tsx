'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ReasonDialog } from '../../components/ReasonDialog.tsx'
import { Words } from '../../components/Words.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { environmentWords, type Freeze } from './freezes.ts'

/** Ends a freeze window that holds, or cancels one that comes. */
export function EndFreeze({ freeze, onClose }: { freeze: Freeze; onClose: () => void }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const end = useMutation(
    trpc.freezeWindow.end.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries({ queryKey: trpc.freezeWindow.pathKey() })
        onClose()
      },
    }),
  )
  const verb = freeze.state === 'coming' ? 'Cancel' : 'End'
  return (
    <ReasonDialog
      title={
        <>
          {verb} the freeze of <Words text={environmentWords(freeze)} long="cut" />?
        </>
      }
      sentence={
        freeze.state === 'coming'
          ? 'It will hold nothing back.'
          : 'Rollouts that it holds back start their next wave within seconds.'
      }
      button={`${verb} the freeze`}
      back="Keep it"
      description="Shown with the window and in the audit log."
      failed="The freeze was not ended"
      mutation={end}
      onConfirm={(reason) => end.mutate({ id: freeze.id, reason })}
      onClose={onClose}
    />
  )
}
