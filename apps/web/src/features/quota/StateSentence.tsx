import { VisuallyHidden } from '@mantine/core'
import { Link } from '../../components/Link.tsx'
import { RoleHolders } from '../../components/RoleHolders.tsx'
import { Status } from '../../components/Status.tsx'
import { Time } from '../../components/Time.tsx'
import { Words } from '../../components/Words.tsx'
import { useCan } from '../../lib/me.tsx'
import { useNow } from '../../lib/now.ts'
import type { Outputs } from '../../lib/trpc/client.ts'
import { isRefusing, isStale, remedy, stateKind, stateSentence, type UsageNow } from './usage.ts'
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
  const now = useNow()
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
  if (isStale(usage.asOf, now)) {
    return (
      <Status kind="warning">
        What is refused now is unknown. The newest figures are from <Time at={usage.asOf ?? 0} exact />.
      </Status>
    )
  }
  const kind = stateKind(usage, catchUp)
  const sentence = stateSentence(tenantId, usage, catchUp)
  const way = mayEdit && quota ? remedy(usage, quota, catchUp) : null
  return (
    <>
      {/* The sentence itself has figures that change every few seconds. */}
      <VisuallyHidden role="status">
        {usage.asOf !== null && (isRefusing(usage) ? 'Something is refused now.' : 'Nothing is refused now.')}
      </VisuallyHidden>
      {kind === 'calm' ? (
        <span>{sentence}</span>
      ) : (
        <Status kind={kind}>
          {sentence} {way?.words}
        </Status>
      )}
    </>
  )
}
