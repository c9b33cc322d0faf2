import type { Metadata } from 'next'
import { RequestDetail } from '../../../../features/changeRequest/RequestDetail.tsx'

export const metadata: Metadata = { title: 'Approval' }

export default async function Page({ params }: { params: Promise<{ id: string }> }) {
  return <RequestDetail id={(await params).id} />
}
