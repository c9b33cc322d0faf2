import { namesText } from '@tickwatch/policy'
import { formatSi } from '../../lib/format.ts'
import { refusers } from '../../lib/refusals.ts'
import type { Outputs } from '../../lib/trpc/client.ts'

type Tenant = Pick<Outputs['tenant']['list']['items'][number], 'id' | 'status' | 'refusedByReason'>

/** The tenants on a page of the list that need attention. */
export function tenantsSentence(tenants: readonly Tenant[]): string {
  const refused = tenants.flatMap(({ id, refusedByReason }) =>
    refusedByReason !== null && refusedByReason.length > 0 ? [`${id} (${refusers(refusedByReason)})`] : [],
  )
  const suspended = tenants.filter((t) => t.status === 'suspended').map((t) => t.id)
  const unknown = tenants.some((t) => t.refusedByReason === null)
  const parts = [
    unknown
      ? 'What arrives and what is refused is unknown, because no gateway reports'
      : refused.length === 0
        ? 'None of the tenants shown is refused'
        : `Refused now: ${namesText(refused)}`,
    ...(suspended.length === 0 ? [] : [`suspended: ${namesText(suspended)}`]),
  ]
  return `${parts.join('; ')}.`
}

/** What a suspension refuses of the present use. */
export const suspendedNow = (samplesPerSecond: number | null): string =>
  samplesPerSecond === null
    ? 'how much it sends now is unknown, because no gateway reports'
    : `${formatSi(samplesPerSecond, 'samples/s')} now`
