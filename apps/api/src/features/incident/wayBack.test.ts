import { describe, expect, it } from 'vitest'
import { wayBackOf } from './wayBack.ts'
import type { ChangeKind, Revert } from './whatChanged.rules.ts'

const said = (kind: ChangeKind, revert: Revert | null = null) => wayBackOf({ kind, revert, tenantId: 'acme' })

describe('the way back of a change', () => {
  it.each<[ChangeKind, Revert, RegExp]>([
    ['limitsLowered', { what: 'quota', tenantId: 'acme', revision: 2 }, /sets the limits to what they were before/],
    ['envelope', { what: 'envelope', tenantId: 'acme', seq: 1 }, /sets the envelope/],
    ['suspended', { what: 'suspension', tenantId: 'acme' }, /^This resumes acme\.$/],
    [
      'readerCreated',
      { what: 'reader', tenantId: 'acme', id: '1', name: 'grafana' },
      /revokes the token grafana for good/,
    ],
    ['rollback', { what: 'rollback', version: 11 }, /rolls the limits of all tenants back to those of v11/],
    ['version', { what: 'rollback', version: 11 }, /You first see what that changes/],
  ])('of the kind %s is said before a person reverts it', (kind, revert, words) => {
    expect(said(kind, revert)).toMatch(words)
  })

  it.each<[ChangeKind, RegExp]>([
    ['readerRevoked', /^A revoked token stays revoked\. Create another one/],
    ['resumed', /^Suspending acme again would refuse all of its requests/],
    ['tenantCreated', /^A tenant can’t be removed/],
    ['version', /^There is no version before it/],
    ['gatewayNew', /Install the version before/],
    ['gatewayLost', /^A start can’t be undone/],
    ['gatewayRestarted', /^A start can’t be undone/],
  ])('of the kind %s is none from here, and it is said what to do instead', (kind, words) => {
    expect(said(kind)).toMatch(words)
  })
})
