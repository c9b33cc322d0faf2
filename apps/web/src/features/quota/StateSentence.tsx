import { Link } from '../../components/Link.tsx'
import { RoleHolders } from '../../components/RoleHolders.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { useCan } from '../../lib/me.tsx'
import type { Outputs } from '../../lib/trpc/client.ts'
import { remedy, stateKind, stateSentence, type UsageNow } from './usage.ts'
import { useCatchUp } from './useCatchUp.ts'

/**
 * The state of a tenant, under the title of its pages. If samples are refused, also what this person can do about it.
 */
export function StateSentence({
  tenantId,
  quota,
  usage,
}: {
  tenantId: string
  quota: Outputs['quota']['current'] | undefined
  usage: UsageNow | undefined
}) {
  const mayEdit = useCan('quota:propose', tenantId)
  const mayResume = useCan('tenant:manage')
  const catchUp = useCatchUp(usage)
  if (quota?.tenant.status === 'suspended') {
    const { suspension } = quota.tenant
    return (
      <Status kind="bad">
        {tenantId} is suspended: the gateways answer 403 to all its requests.{' '}
        {suspension && (
          <>
            <Words text={suspension.by} /> suspended it <Time at={suspension.at} />:{' '}
            <Words text={suspension.reason} quoted />.{' '}
          </>
        )}
        {mayResume ? (
          <Link href={`/tenants?tenant=${tenantId}`}>Resume it</Link>
        ) : (
          <>
            A platform admin can resume it.
            <RoleHolders permission="tenant:manage" />
          </>
        )}
      </Status>
    )
  }
  if (!usage) return null
  const kind = stateKind(usage, catchUp)
  const sentence = stateSentence(tenantId, usage, catchUp)
  if (kind === 'calm') return sentence
  const way = mayEdit && quota ? remedy(usage, quota, catchUp) : null
  return (
    <Status kind={kind}>
      {sentence} {way?.words}
    </Status>
  )
}
