import { Status } from '../../components/Status.tsx'

/** Only what is out of the ordinary is coloured. */
export const TenantStatus = ({ status }: { status: 'active' | 'suspended' }) =>
  status === 'active' ? 'active' : <Status kind="bad">suspended</Status>
