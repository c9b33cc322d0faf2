'use client'

import { useQuery } from '@tanstack/react-query'
import dynamic from 'next/dynamic'
import { Link } from '../../components/Link.tsx'
import { PageHeader } from '../../components/PageHeader.tsx'
import { EmptyState, QueryView, SkeletonRows } from '../../components/StateView.tsx'
import { Words } from '../../components/Words.tsx'
import { describeFault } from '../../lib/errors.ts'
import { useTRPC } from '../../lib/trpc/client.ts'

// Only in the browser, because the draft is there.
const EditSlo = dynamic(() => import('./EditSlo.tsx').then((module) => module.EditSlo), {
  ssr: false,
  loading: () => <SkeletonRows rows={12} height={44} />,
})

/** `/slos/new`: the form for an SLO that does not exist yet. */
export function NewSloPage() {
  return (
    <>
      <PageHeader title="New SLO" sentence="It applies at once. Its rules run some seconds later." />
      <EditSlo stored={null} />
    </>
  )
}

/** `/slos/<id>/edit`: the form for the next version of an SLO. */
export function EditSloPage({ sloId }: { sloId: string }) {
  const trpc = useTRPC()
  const slo = useQuery(trpc.slo.definition.queryOptions({ id: sloId }))
  if (slo.error && describeFault(slo.error).notFound) {
    return (
      <>
        <PageHeader title={sloId} />
        <EmptyState title={`No SLO ${sloId}`}>
          It does not exist any more. <Link href="/slos">All SLOs</Link>
        </EmptyState>
      </>
    )
  }
  return (
    <>
      <PageHeader
        title={
          <>
            Edit <Words text={slo.data?.definition.title ?? sloId} long="cut" />
          </>
        }
        sentence={slo.data && `Version ${slo.data.version} applies. A change that weakens the SLO needs an approval.`}
      />
      <QueryView query={slo} what="this SLO" skeleton={<SkeletonRows rows={12} height={44} />}>
        {(data) => <EditSlo key={data.id} stored={data} />}
      </QueryView>
    </>
  )
}
