import type { RankedChange } from './whatChanged.rules.ts'

/** What reverting a change does, or, if it can't be reverted from an incident, why not and what to do instead. */
export function wayBackOf({ kind, revert, tenantId }: Pick<RankedChange, 'kind' | 'revert' | 'tenantId'>): string {
  const tenant = tenantId ?? 'the tenant'
  if (revert) {
    switch (revert.what) {
      case 'quota':
        return 'This sets the limits to what they were before. Outside the envelope it needs an approval.'
      case 'envelope':
        return 'This sets the envelope to what it was before.'
      case 'suspension':
        return `This resumes ${tenant}.`
      case 'reader':
        return `This revokes the token ${revert.name} for good: gateways refuse queries with it.`
      case 'slo':
        return 'This saves the definition that was before, as a new version. If that is weaker, it needs an approval.'
      case 'rollback':
        return `This rolls the limits of all tenants back to those of v${revert.version}, the version before. You first see what that changes.`
    }
  }
  switch (kind) {
    case 'readerRevoked':
      return 'A revoked token stays revoked. Create another one on the page of readers, and give it to those who query.'
    case 'readerCreated':
      return 'Nobody knows here which token it was. Revoke it on the page of readers.'
    case 'resumed':
      return `Suspending ${tenant} again would refuse all of its requests, so it is done on the page of tenants only.`
    case 'sloMade':
      return 'There was no SLO before it. Delete it on its page if nobody needs it.'
    case 'tenantCreated':
      return 'A tenant can’t be removed. If it does harm, suspend it on the page of tenants.'
    case 'version':
    case 'rollback':
      return 'There is no version before it to which the fleet could be rolled back.'
    case 'gatewayNew':
      return 'Tickwatch does not install gateways. Install the version before on this gateway.'
    case 'rolloutWave':
      return 'Roll it back on its page. Once it is over, roll out the image before.'
    case 'rolloutBack':
      return 'It leads back already. Its page shows how far it is.'
    case 'gatewayLost':
    case 'gatewayRestarted':
      return 'A start can’t be undone. Look at the gateway’s page.'
    default:
      return 'There is no way back from here. Open its page.'
  }
}
