import type { Metadata } from 'next'
import { GatewaysPage } from '../../../features/gateway/GatewaysPage.tsx'

export const metadata: Metadata = { title: 'Gateways' }

export default function Page() {
  return <GatewaysPage />
}
