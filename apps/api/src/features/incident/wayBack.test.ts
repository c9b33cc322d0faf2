import { describe, expect, it } from 'vitest'
import { wayBackOf } from './wayBack.ts'
import type { ChangeKind, Revert } from './whatChanged.rules.ts'

const said = (kind: ChangeKind, revert: Revert | null = null) => wayBackOf({ kind, revert, tenantId: 'acme' })
const rollback =
  'This rolls the limits of all tenants back to those of v11, the version before. You first see what that changes.'
const noEarlier = 'There is no version before it to which the fleet could be rolled back.'
const start = 'A start can’t be undone. Look at the gateway’s page.'

describe('the way back of a change', () => {
  it.each<[ChangeKind, Revert, string]>([
    [
      'limitsLowered',
      { what: 'quota', tenantId: 'acme', revision: 2 },
      'This sets the limits to what they were before. Outside the envelope it needs an approval.',
    ],
    ['envelope', { what: 'envelope', tenantId: 'acme', seq: 1 }, 'This sets the envelope to what it was before.'],
    ['suspended', { what: 'suspension', tenantId: 'acme' }, 'This resumes acme.'],
    [
      'readerCreated',
      { what: 'reader', tenantId: 'acme', id: '1', name: 'grafana' },
      'This revokes the token grafana for good: gateways refuse queries with it.',
    ],
    [
      'sloChanged',
      { what: 'slo', id: 'writes', version: 2 },
      'This saves the definition that was before, as a new version. If that is weaker, it needs an approval.',
    ],
    ['rollback', { what: 'rollback', version: 11 }, rollback],
    ['version', { what: 'rollback', version: 11 }, rollback],
  ])('of the kind %s is said before a person reverts it', (kind, revert, words) => {
    expect(said(kind, revert)).toBe(words)
  })

  it.each<[ChangeKind, string]>([
    [
      'readerRevoked',
      'A revoked token stays revoked. Create another one on the page of readers, and give it to those who query.',
    ],
    ['readerCreated', 'Nobody knows here which token it was. Revoke it on the page of readers.'],
    ['resumed', 'Suspending acme again would refuse all of its requests, so it is done on the page of tenants only.'],
    ['tenantCreated', 'A tenant can’t be removed. If it does harm, suspend it on the page of tenants.'],
    ['version', noEarlier],
    ['rollback', noEarlier],
    ['gatewayNew', 'Tickwatch does not install gateways. Install the version before on this gateway.'],
    ['gatewayLost', start],
    ['gatewayRestarted', start],
    ['sloMade', 'There was no SLO before it. Delete it on its page if nobody needs it.'],
    ['limitsRaised', 'There is no way back from here. Open its page.'],
  ])('of the kind %s is none from here, and it is said what to do instead', (kind, words) => {
    expect(said(kind)).toBe(words)
  })

  it('does not name a tenant that the change does not name', () => {
    expect(wayBackOf({ kind: 'resumed', revert: null, tenantId: null })).toMatch(/^Suspending the tenant again/)
  })
})
