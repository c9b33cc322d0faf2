'use client'

import { useMutation, useQueryClient } from '@tanstack/react-query'
import { ReasonDialog } from '../../components/ReasonDialog.tsx'
import { Words } from '../../components/Words.tsx'
import { useTRPC } from '../../lib/trpc/client.ts'
import type { Exception } from './images.ts'

/** The dialog that ends an exception before it expires. */
export function EndException({
  imageName,
  exception: { id, vulnerability },
  onClose,
}: {
  imageName: string
  exception: Exception
  onClose: () => void
}) {
  const trpc = useTRPC()
  const queryClient = useQueryClient()
  const end = useMutation(
    trpc.image.endException.mutationOptions({
      onSuccess: async () => {
        await queryClient.invalidateQueries({ queryKey: trpc.image.pathKey() })
        onClose()
      },
    }),
  )
  return (
    <ReasonDialog
      title={
        <>
          End the exception for <Words text={vulnerability} long="cut" />?
        </>
      }
      sentence={`Images ${imageName} with this vulnerability may not roll out from now on.`}
      button="End the exception"
      back="Keep it"
      description="Shown with the exception and in the audit log."
      failed="The exception was not ended"
      mutation={end}
      onConfirm={(reason) => end.mutate({ id, reason })}
      onClose={onClose}
    />
  )
}
