'use client'

import { useQuery } from '@tanstack/react-query'
import { limitNames } from '@tickwatch/policy'
import dynamic from 'next/dynamic'
import { Locked } from '../../components/Locked.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { RoleHolders } from '../../components/RoleHolders.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Term } from '../../components/Term.tsx'
import { Words } from '../../components/Words.tsx'
import { describeFault } from '../../lib/errors.ts'
import { useCan } from '../../lib/me.tsx'
import { type Outputs, useTRPC } from '../../lib/trpc/client.ts'
import { EnvelopeSummary } from './EnvelopeSummary.tsx'

// Only in the browser, because the draft is there.
const EnvelopeEditor = dynamic(() => import('./EnvelopeEditor.tsx').then((m) => m.EnvelopeEditor), {
  ssr: false,
  loading: () => <SkeletonRows rows={15} height={44} />,
})

/** `/tenants/<id>/envelope`: the ranges that a tenant can set without approval. */
export function EnvelopePage({ id }: { id: string }) {
  const trpc = useTRPC()
  const mayManage = useCan('tenant:manage')
  const tenant = useQuery(trpc.tenant.get.queryOptions({ id }))
  return (
    <>
      <PageHeader
        title={
          <>
            Envelope of <Words text={tenant.data?.name ?? id} long="whole" />
          </>
        }
        sentence={tenant.data && <EnvelopeSentence tenant={tenant.data} />}
        action={
          !mayManage && (
            <Locked>
              To change it you need the role platform admin.
              <RoleHolders permission="tenant:manage" />
            </Locked>
          )
        }
      />
      {tenant.error && describeFault(tenant.error).notFound ? (
        <EmptyState title={`No tenant ${id}`}>Check the link: it may be incomplete.</EmptyState>
      ) : (
        <QueryView query={tenant} what={`tenant ${id}`} skeleton={<SkeletonRows rows={15} height={44} />}>
          {(data) => (mayManage ? <EnvelopeEditor key={data.id} tenant={data} /> : <EnvelopeSummary tenant={data} />)}
        </QueryView>
      )}
    </>
  )
}

function EnvelopeSentence({ tenant }: { tenant: Outputs['tenant']['get'] }) {
  const count = Object.keys(tenant.envelope).length
  if (count === 0) return `Every change of the limits of ${tenant.id} needs an approval.`
  return (
    <>
      {tenant.id} can set {count} of {limitNames.length} limits alone, within its <Term name="envelope">envelope</Term>.
      Any other change needs an approval.
    </>
  )
}
