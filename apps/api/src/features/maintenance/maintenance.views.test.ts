import type { MaintenanceWindow } from '@tickwatch/db'
import { builtInDefinitions, type Definition } from '@tickwatch/slo'
import { describe, expect, it } from 'vitest'
import { maySeeWindow, windowView } from './maintenance.views.ts'

const [freshness] = builtInDefinitions as [Definition, ...Definition[]]
const slos = [
  { id: 'freshness', definition: freshness },
  {
    id: 'of-acme',
    definition: { ...freshness, sli: { kind: 'condition' as const, promql: 'up{tenant_id="acme"} == bool 1' } },
  },
]
const acme = { tenant_id: 'acme' }
const guest = { isPlatform: false, tenantIds: new Set<string>() }
const acmes = { isPlatform: false, tenantIds: new Set(['acme']) }
const platform = { isPlatform: true, tenantIds: new Set<string>() }

describe('a window of', () => {
  it.each([
    ['every SLO', { sloId: null, labels: null }, [true, true]],
    ['an SLO of the platform', { sloId: 'freshness', labels: null }, [true, true]],
    ['a group', { sloId: 'freshness', labels: acme }, [false, true]],
    ['a group of another tenant', { sloId: 'freshness', labels: { tenant_id: 'globex' } }, [false, false]],
    ['an SLO that names a tenant', { sloId: 'of-acme', labels: null }, [false, false]],
    ['an SLO that is deleted', { sloId: 'gone', labels: null }, [false, false]],
  ])('%s is seen by the platform team, and by a guest and acme’s people: %o', (_what, window, seen) => {
    expect([guest, acmes].map((viewer) => maySeeWindow(viewer, window, slos))).toEqual(seen)
    expect(maySeeWindow(platform, window, slos)).toBe(true)
  })
})

it('shows who decided and why to the platform team only, and to everyone how late it was approved', () => {
  const startsAt = new Date('2026-11-29T12:00:00Z')
  const window: MaintenanceWindow = {
    ...{ id: 'w1', sloId: 'freshness', labels: null, startsAt, endsAt: new Date('2026-11-29T14:00:00Z') },
    ...{ until: new Date('2026-11-29T14:00:00Z'), by: { subject: 'ann', name: 'Ann' }, reason: 'globex moves' },
    ...{ approvedAt: new Date('2026-11-29T12:12:00Z'), approvedBy: { subject: 'pat', name: 'Pat' } },
    ...{ changeRequestId: 'r1', ended: null },
  }
  const seen = windowView(guest, window, slos, startsAt.getTime())
  expect(seen).toMatchObject({ title: freshness.title, state: 'holds', approvedLateSeconds: 720, decision: null })
  expect(JSON.stringify(seen)).not.toContain('globex')
  expect(windowView(platform, window, slos, 0).decision).toMatchObject({ reason: 'globex moves', ended: null })
  const early = { ...window, approvedAt: new Date('2026-11-28T00:00:00Z') }
  expect(windowView(guest, early, slos, 0)).toMatchObject({ approvedLateSeconds: 0, state: 'coming' })
})
