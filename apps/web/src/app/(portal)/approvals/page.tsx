import type { Metadata } from 'next'
import { FirstRequest } from '../../../features/changeRequest/FirstRequest.tsx'

export const metadata: Metadata = { title: 'Approvals' }

export default function Page() {
  return <FirstRequest />
}
