'use client'

import { Button, Group, Modal, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { reasonFault } from '@tickwatch/policy'
import { type FormEvent, useState } from 'react'
import { Outcome } from '../../components/Outcome.tsx'
import { ReasonField } from '../../components/ReasonField.tsx'
import { ErrorState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { useFaultFocus } from '../../lib/faultFocus.ts'
import { plural } from '../../lib/format.ts'
import { queryClientOf } from '../../lib/queryClient.ts'
import { useReturnFocus } from '../../lib/returnFocus.ts'
import { useTRPC, useTRPCClient } from '../../lib/trpc/client.ts'
import { Scope } from '../../lib/trpc/Scope.tsx'
import { rememberChange } from '../policy/ownChange.ts'
import { FollowedPropagation } from '../policy/Propagation.tsx'
import { PreviewView } from './PreviewView.tsx'
import { type Preview, rollBackText } from './preview.ts'
import classes from './RollBack.module.css'

/** A change that is suspected of an incident, which this rollback reverts. */
export type Because = { number: number; change: string }

/**
 * Shows what a rollback would change, and applies it after a reason was entered and the version typed.
 * @param because the incident then says that its change was reverted
 */
export function RollBackDialog({
  version,
  because = null,
  onClose,
}: {
  version: number
  because?: Because | null
  onClose: () => void
}) {
  useReturnFocus()
  const trpc = useTRPC()
  const client = useTRPCClient()
  const queryClient = useQueryClient()
  // Read once, so that the list does not change under the person's eyes. The API rejects a preview that is outdated.
  const preview = useQuery(
    trpc.rollback.preview.queryOptions({ version }, { staleTime: Number.POSITIVE_INFINITY, gcTime: 0 }),
  )
  const rollBack = useMutation({
    mutationFn: async (seen: { preview: string; reason: string; confirm: string }) => {
      if (because === null) return client.rollback.run.mutate({ version, ...seen })
      const reverted = await client.incident.revert.mutate({ ...because, rollback: seen })
      if (reverted.outcome !== 'rolledBack') throw new Error('the revert of the change was no rollback')
      return reverted
    },
    onMutate: () => ({ pressedAtMs: Date.now(), title: `Rolled back to v${version}` }),
    onSuccess: ({ follow: { tenantId, revision } }, _input, own) => {
      rememberChange(queryClientOf(tenantId), { revision }, own)
      void queryClient.invalidateQueries({ queryKey: trpc.incident.pathKey() })
      return queryClient.invalidateQueries({ queryKey: trpc.policy.pathKey() })
    },
    onError: () => preview.refetch(),
  })
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={rollBack.data ? `Rollback to v${version}` : `Roll the fleet back to v${version}?`}
      styles={{ title: { fontWeight: 600 } }}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {rollBack.data ? (
        <div className={classes.dialog}>
          <Outcome title={`${plural(rollBack.data.tenants, 'tenant')} rolled back to v${version}`}>
            <Scope tenantId={rollBack.data.follow.tenantId}>
              <FollowedPropagation followed={{ revision: rollBack.data.follow.revision }} />
            </Scope>
          </Outcome>
          <Group>
            <Button onClick={onClose}>Done</Button>
          </Group>
        </div>
      ) : (
        <QueryView query={preview} what="the preview" skeleton={<SkeletonRows rows={5} />}>
          {(data) => (
            <div className={classes.dialog}>
              <PreviewView preview={data} />
              {data.changed.total > 0 && (
                <Form
                  preview={data}
                  busy={rollBack.isPending}
                  error={rollBack.error}
                  onSubmit={(reason) => rollBack.mutate({ preview: data.fingerprint, reason, confirm: `v${version}` })}
                  onClose={onClose}
                />
              )}
            </div>
          )}
        </QueryView>
      )}
    </Modal>
  )
}

function Form({
  preview,
  busy,
  error,
  onSubmit,
  onClose,
}: {
  preview: Preview
  busy: boolean
  error: unknown
  onSubmit: (reason: string) => void
  onClose: () => void
}) {
  const name = `v${preview.version}`
  const [confirm, setConfirm] = useState('')
  const [reason, setReason] = useState('')
  const [tried, setTried] = useState(false)
  const { form, focusFault } = useFaultFocus()
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setTried(true)
    if (confirm.trim() !== name || reasonFault(reason)) return focusFault()
    onSubmit(reason.trim())
  }
  return (
    <form ref={form} className={classes.dialog} onSubmit={submit} noValidate>
      <TextInput
        label={`Type ${name} to confirm`}
        value={confirm}
        onChange={(event) => setConfirm(event.currentTarget.value)}
        error={tried && confirm.trim() !== name ? `Type the version, ${name}.` : null}
        autoComplete="off"
        spellCheck={false}
      />
      <ReasonField
        value={reason}
        onChange={setReason}
        fault={tried ? reasonFault(reason) : null}
        description="Shown in the history of each of these tenants, and in the audit log."
      />
      {error !== null && <ErrorState change error={error} what="The fleet was not rolled back" />}
      <Group gap="xs">
        <Button type="submit" color="red.6" loading={busy}>
          {rollBackText(preview)}
        </Button>
        <Button variant="default" onClick={onClose}>
          Keep the present limits
        </Button>
      </Group>
    </form>
  )
}
