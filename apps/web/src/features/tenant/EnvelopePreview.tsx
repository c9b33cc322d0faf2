'use client'

import { useQuery } from '@tanstack/react-query'
import { Status } from '../../components/Status.tsx'
import { Words } from '../../components/Words.tsx'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import classes from './Envelope.module.css'
import { useUsed } from './EnvelopeTable.tsx'
import { envelopePreview } from './envelopePreview.ts'
import type { useEnvelopeEdit } from './useEnvelopeEdit.ts'

/** What the envelope in the fields would make possible. In the scope of the tenant. */
export function EnvelopePreview({
  tenant,
  form,
}: {
  tenant: Outputs['tenant']['get']
  form: ReturnType<typeof useEnvelopeEdit>
}) {
  const trpc = useTRPC()
  const used = useUsed()
  const quota = useQuery(trpc.quota.current.queryOptions(undefined, { refetchInterval: 15_000 }))
  if (form.faulty) return <p className={classes.sentence}>This is shown here when every field above is right.</p>
  if (!form.dirty) return <p className={classes.sentence}>Nothing yet: this is the present envelope.</p>
  const pending = quota.data?.pending ?? []
  return (
    <>
      <ul className={classes.preview}>
        {envelopePreview(tenant.id, tenant.envelope, form.next, tenant.resolved, used ?? {}, pending).map(
          ({ kind, text, by }) => (
            <li key={`${by} ${text}`}>
              <Status kind={kind}>
                {by && <Words text={by} />} {text}
              </Status>
            </li>
          ),
        )}
      </ul>
      {quota.data?.pending.length === 0 && (
        <p className={classes.sentence}>No request of {tenant.id} waits for a decision.</p>
      )}
      {quota.error && (
        <p className={classes.sentence}>
          We can’t read the requests of {tenant.id}, so we do not know which of them would fit.
        </p>
      )}
      <p className={classes.sentence}>The present limits of {tenant.id} do not change.</p>
    </>
  )
}
