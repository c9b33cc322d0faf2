import { Status } from '../../components/Status.tsx'

/** Only the unusual status has a colour. */
export const TenantStatus = ({ status }: { status: 'active' | 'suspended' }) =>
  status === 'active' ? 'active' : <Status kind="bad">suspended</Status>
