import type { HeldRole } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import { maySeeGroup, maySeeSlo, viewerOf } from './slo.visible.ts'

const people: Record<string, HeldRole[]> = {
  'a guest': [],
  'acme’s admin': [{ role: 'tenant-admin', tenantId: 'acme' }],
  'acme’s viewer': [{ role: 'tenant-viewer', tenantId: 'acme' }],
  'an auditor': [{ role: 'auditor', tenantId: null }],
}
const viewer = (who: string) => viewerOf(people[who] ?? expect.fail(who))

describe('who sees what of the SLOs', () => {
  it.each([
    ['a guest', { every: true, aboutAcme: false }],
    ['acme’s admin', { every: true, aboutAcme: false }],
    ['an auditor', { every: true, aboutAcme: true }],
  ])('%s sees the SLOs %o', (who, expected) => {
    const slos = {
      every: { sli: { kind: 'condition' as const, promql: 'up == bool 1' } },
      aboutAcme: { sli: { kind: 'condition' as const, promql: 'up{tenant_id="acme"} == bool 1' } },
    }
    const seen = Object.entries(slos).map(([name, slo]) => [name, maySeeSlo(viewer(who), slo)])
    expect(Object.fromEntries(seen)).toEqual(expected)
  })

  it.each([
    ['a guest', { all: true, acme: false, globex: false, zone: false }],
    ['acme’s admin', { all: true, acme: true, globex: false, zone: false }],
    ['acme’s viewer', { all: true, acme: true, globex: false, zone: false }],
    ['an auditor', { all: true, acme: true, globex: true, zone: true }],
  ])('%s sees the groups %o', (who, expected) => {
    const groups = { all: {}, acme: { tenant_id: 'acme' }, globex: { tenant_id: 'globex' }, zone: { zone: 'a' } }
    const seen = Object.entries(groups).map(([name, labels]) => [name, maySeeGroup(viewer(who), labels)])
    expect(Object.fromEntries(seen)).toEqual(expected)
  })
})
