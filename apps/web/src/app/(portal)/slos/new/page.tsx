import type { Metadata } from 'next'
import { Guarded } from '../../../../components/Guarded.tsx'
import { NewSloPage } from '../../../../features/slo/EditSloPage.tsx'

export const metadata: Metadata = { title: 'New SLO' }

export default function Page() {
  return (
    <Guarded permission="slo:manage" title="New SLO" what="the form for SLOs">
      <NewSloPage />
    </Guarded>
  )
}
