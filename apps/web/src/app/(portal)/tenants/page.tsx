import type { Metadata } from 'next'
import { PageHeader } from '../../../components/PageHeader.tsx'

export const metadata: Metadata = { title: 'Tenants' }

export default function Page() {
  return <PageHeader title="Tenants" />
}
