'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ReasonDialog } from '../../components/ReasonDialog.tsx'
import { Words } from '../../components/Words.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import { aboutWords, type Maintenance } from './maintenance.ts'

/** Ends a window that holds, or cancels one that comes. */
export function EndMaintenance({ window, onClose }: { window: Maintenance; onClose: () => void }) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const end = useMutation(
    trpc.maintenance.end.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries({ queryKey: trpc.maintenance.pathKey() })
        onClose()
      },
    }),
  )
  const verb = window.state === 'coming' ? 'Cancel' : 'End'
  return (
    <ReasonDialog
      title={
        <>
          {verb} the window of <Words text={aboutWords(window)} long="cut" />?
        </>
      }
      sentence={`${
        window.state === 'coming'
          ? 'It will exclude nothing.'
          : 'What happens from now on counts again. What happened in it so far stays excluded.'
      } This can’t be undone: another window needs another approval.`}
      button={`${verb} the window`}
      back="Keep it"
      description="Shown with the window and in the audit log."
      failed="The window was not ended"
      mutation={end}
      onConfirm={(reason) => end.mutate({ id: window.id, reason })}
      onClose={onClose}
    />
  )
}
