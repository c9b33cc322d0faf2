import type { MadeChanges } from '@tickwatch/db'
import { expect, it } from 'vitest'
import { changeMarks } from './sloMarks.ts'

const noon = Date.parse('2026-11-29T12:00:00Z')
const at = (minutes: number) => new Date(noon + minutes * 60_000)
const times = { from: at(0), to: at(60) }
const nothing: MadeChanges = { quotas: [], tenants: [], audited: [], versions: [], gateways: [] }
const revision = (minutes: number, revision = minutes): MadeChanges['quotas'][number] => ({
  ...{ tenantId: 'acme', revision, createdAt: at(minutes), by: { subject: 'm', name: 'Mara' }, approvedBy: null },
  ...{ reason: 'a test', changes: [], endsAt: null, revertsRevision: null, policyVersion: null, waves: [] },
})
const act = (minutes: number): MadeChanges['audited'][number] => ({
  ...{ seq: minutes, at: at(minutes), action: 'tenant.suspend', tenantId: 'acme', target: 'acme' },
  ...{ by: { subject: 't', name: 'Tomas' }, reason: 'does not pay', before: null, after: null },
  versionBefore: null,
})

it('a change is marked when it took effect, in the range only, the newest first', () => {
  const published = { ...revision(-1), waves: [{ ring: 'fleet', publishedAt: at(1) }] }
  const { changes, changesSince } = changeMarks(
    [{ ...nothing, quotas: [revision(9), published, revision(-2)], audited: [act(5)] }],
    times,
  )
  expect(changes.map(({ id, at: when, path }) => [id, when, path])).toEqual([
    ['quota/acme/9', at(9).toISOString(), '/t/acme/quotas'],
    ['audit/5', at(5).toISOString(), '/tenants?tenant=acme'],
    ['quota/acme/-1', at(1).toISOString(), '/t/acme/quotas'],
  ])
  expect(changesSince).toBeNull()
})

it('of a list that is cut, all changes before its oldest are left out, so that no time looks quieter than it was', () => {
  const quotas = Array.from({ length: 200 }, (_, i) => revision(50, i + 1)).map((each, i) =>
    i === 199 ? { ...each, createdAt: at(20) } : each,
  )
  const { changes, changesSince } = changeMarks([{ ...nothing, quotas, audited: [act(10)] }], times)
  expect(changesSince).toBe(at(20).toISOString())
  expect(changes).toHaveLength(200)
  expect(changes.map(({ id }) => id)).not.toContain('audit/10')
})

it('of several lists together the newest 200 are marked', () => {
  const audited = Array.from({ length: 150 }, (_, i) => ({ ...act(30), seq: i + 1 }))
  const quotas = Array.from({ length: 150 }, (_, i) => revision(i < 10 ? 40 : 5, i + 1))
  const { changes, changesSince } = changeMarks([{ ...nothing, quotas, audited }], times)
  expect(changes).toHaveLength(200)
  expect(changesSince).toBe(at(5).toISOString())
})
