import type { ReactNode } from 'react'
import { Approvals } from '../../../features/changeRequest/Approvals.tsx'

export default function Layout({ children }: { children: ReactNode }) {
  return <Approvals>{children}</Approvals>
}
