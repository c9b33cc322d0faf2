import type { StoredSlo } from '@tickwatch/db'
import { builtInDefinitions, type Definition, groupKey, noCauses, platformTenant } from '@tickwatch/slo'
import { describe, expect, it } from 'vitest'
import { budgetsOf, rowOf } from './slo.rows.ts'
import type { Firing, Snapshot } from './slo.snapshot.ts'
import { type Tallies, type Tally, tallyKey } from './slo.tallies.ts'

const stepSeconds = 60
const asOfSeconds = Date.parse('2026-11-29T03:00:00Z') / 1_000
const [freshness, accepted, firstByte] = builtInDefinitions as [Definition, Definition, Definition]
const stored = (definition: Definition): StoredSlo => ({
  ...{ id: definition.id, tenantId: platformTenant, version: 1, definition, savedAt: new Date(0), namespace: 0 },
  by: { subject: 'migrate', name: 'Tickwatch' },
})
const talliesOf = (...tallies: Tally[]): Tallies =>
  new Map(tallies.map((tally) => [tallyKey(tally.sloId, tally.labels), tally]))
const tally = (sloId: string, labels: Record<string, string>, bad: number, total: number): Tally => ({
  ...{ sloId, labels, bad, total, steps: 60, told: noCauses },
})
const acme = { tenant_id: 'acme' }
const globex = { tenant_id: 'globex' }
const tallies = talliesOf(
  tally('freshness', acme, 0, 1_000_000),
  tally('freshness', globex, 500, 1_000_000),
  tally('ingest-first-byte', {}, 0, 10),
  // Of a version before, which grouped by something else.
  tally('freshness', { zone: 'a' }, 999, 1_000),
)
const snapshot: Snapshot = {
  asOfSeconds,
  windows: new Map([[asOfSeconds - 30 * 86_400, tallies]]),
  lastHour: tallies,
  days: [talliesOf(), talliesOf(tally('freshness', acme, 1, 10), tally('freshness', globex, 4, 10))],
  lastData: new Map([...tallies.keys()].map((key) => [key, asOfSeconds])),
  ...{ maintenance: [], excluded: { windows: new Map(), lastHour: new Map() } },
}
const firing: Firing[] = [
  { sloId: 'freshness', labels: globex, severity: 'page', sinceSeconds: asOfSeconds },
  { sloId: 'freshness', labels: {}, severity: 'blind', sinceSeconds: asOfSeconds },
]
const budgets = budgetsOf([stored(freshness), stored(firstByte)], snapshot, stepSeconds)
const guest = { isPlatform: false, tenantIds: new Set<string>() }
const acmes = { isPlatform: false, tenantIds: new Set(['acme']) }
const platform = { isPlatform: true, tenantIds: new Set<string>() }
const row = (viewer: typeof guest, definition: Definition = freshness, tenantId: string | null = null) =>
  rowOf(stored(definition), budgets.get(definition.id), { viewer, tenantId, firing, maintenance: [] })

describe('a row of a grouped SLO', () => {
  it('shows the platform team the most urgent group, and how many there are', () => {
    const shown = row(platform)
    expect(shown.of).toEqual({ key: groupKey(globex), labels: globex })
    expect(shown.figures).toMatchObject({ bad: 500, total: 1_000_000, leftRatio: expect.closeTo(0.5, 9) })
    expect(shown.groups).toEqual({ count: 2, exhausted: 0, burning: 0, blind: 0 })
    expect(shown.firing?.map(({ severity }) => severity)).toEqual(['page', 'blind'])
  })

  it('shows a tenant’s people their own group, and nothing of another tenant', () => {
    const shown = row(acmes)
    expect(shown.of?.labels).toEqual(acme)
    expect(shown.figures).toMatchObject({ bad: 0, total: 1_000_000 })
    expect(shown.groups?.count).toBe(1)
    expect(shown.firing?.map(({ severity }) => severity)).toEqual(['blind'])
    expect(JSON.stringify(shown)).not.toContain('globex')
  })

  it('shows a guest all events together, and no tenant', () => {
    const shown = row(guest)
    expect(shown).toMatchObject({ of: null, groups: null, figures: { bad: 500, total: 2_000_000 } })
    expect(JSON.stringify(shown)).not.toMatch(/acme|globex/)
  })

  it('shows the groups of one tenant if one asks for them', () => {
    expect(row(platform, freshness, 'acme')).toMatchObject({ of: { labels: acme }, groups: { count: 1 } })
    expect(row(acmes, freshness, 'globex')).toMatchObject({ of: null, groups: null })
  })

  it('has the part of bad events of each day, and none without traffic', () => {
    expect(row(guest).badRatioByDay).toEqual([null, 0.25])
    expect(row(acmes).badRatioByDay).toEqual([null, 0.1])
  })
})

it('shows the definition without figures while the store is away', () => {
  const shown = rowOf(stored(freshness), undefined, { viewer: platform, tenantId: null, firing: [], maintenance: [] })
  expect(shown).toMatchObject({ title: 'Graphs are current', figures: null, groups: null, badRatioByDay: [] })
  expect(shown.firesAt).toEqual({ page: 6, ticket: 1 })
})

it('has the figures of an SLO without groups', () => {
  expect(row(guest, firstByte)).toMatchObject({ of: null, groups: null, figures: { total: 10, leftRatio: 1 } })
})

it('has the bad events by cause without those in maintenance, of what the figures are of', () => {
  const told = (platform: number, aws: number) => ({ platform, tenant: 0, aws, unknown: 0 })
  const of = (labels: Record<string, string>, bad: number, platform: number, aws: number): Tally => ({
    ...{ ...tally('ingest-success', labels, bad, 1_000), told: told(platform, aws) },
  })
  const start = asOfSeconds - 30 * 86_400
  const counted = talliesOf(of(acme, 10, 6, 4), of(globex, 5, 0, 2))
  const out = talliesOf(of(acme, 4, 0, 4))
  const hour = { startsAt: new Date((asOfSeconds - 3_600) * 1_000), until: new Date(asOfSeconds * 1_000) }
  const maintenance = [{ sloId: 'ingest-success', labels: acme, ...hour }]
  const split: Snapshot = {
    ...{ ...snapshot, windows: new Map([[start, counted]]), maintenance },
    excluded: { windows: new Map([[start, out]]), lastHour: talliesOf() },
  }
  const budgeted = budgetsOf([stored(accepted)], split, stepSeconds).get('ingest-success')
  const shown = (viewer: typeof guest) =>
    rowOf(stored(accepted), budgeted, { viewer, tenantId: null, firing: [], maintenance: [] }).figures
  expect(shown(acmes)).toMatchObject({ bad: 6, badByCause: told(6, 0) })
  expect(shown(guest)).toMatchObject({ bad: 11, badByCause: { ...told(6, 2), unknown: 3 } })
})

describe('maintenance of one group', () => {
  const hour = { startsAt: new Date((asOfSeconds - 3_600) * 1_000), until: new Date((asOfSeconds + 60) * 1_000) }
  const maintenance = [{ sloId: 'freshness', labels: globex, ...hour }]
  const start = asOfSeconds - 30 * 86_400
  const out = talliesOf({ ...tally('freshness', globex, 400, 1_000), steps: 60 })
  const excluding = { ...snapshot, maintenance, excluded: { windows: new Map([[start, out]]), lastHour: out } }
  const budgeted = budgetsOf([stored(freshness)], excluding, stepSeconds).get('freshness')
  const seen = (viewer: typeof guest) =>
    rowOf(stored(freshness), budgeted, { viewer, tenantId: null, firing: [], maintenance })

  it('leaves its events out of its budget, and out of that of all together', () => {
    const group = budgeted?.groups.find(({ group: { labels } }) => labels === globex)
    expect(group?.figures).toMatchObject({ bad: 100, total: 999_000, excludedSeconds: 3_600 })
    expect(budgeted?.together).toMatchObject({ bad: 100, total: 1_999_000, excludedSeconds: 0 })
    expect(budgeted?.groups.find(({ group: { labels } }) => labels === acme)?.figures).toMatchObject({
      ...{ total: 1_000_000, excludedSeconds: 0 },
    })
  })

  it('is said of that group only', () => {
    expect(seen(platform)).toMatchObject({ of: { labels: globex }, maintenanceUntil: hour.until.toISOString() })
    expect(seen(acmes).maintenanceUntil).toBeNull()
    expect(seen(guest).maintenanceUntil).toBeNull()
    const ofAll = [{ ...hour, sloId: null, labels: null }]
    const asked = { viewer: guest, tenantId: null, firing: [], maintenance: ofAll }
    expect(rowOf(stored(freshness), budgeted, asked).maintenanceUntil).toBe(hour.until.toISOString())
  })
})
