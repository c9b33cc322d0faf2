import type { Metadata } from 'next'
import { TenantsPage } from '../../../features/tenant/TenantsPage.tsx'

export const metadata: Metadata = { title: 'Tenants' }

export default function Page() {
  return <TenantsPage />
}
