import type { Metadata } from 'next'
import { PageHeader } from '../../../../components/PageHeader.tsx'

export const metadata: Metadata = { title: 'Approval' }

export default function Page() {
  return <PageHeader title="Approval" />
}
