import { describe, expect, it } from 'vitest'
import { type ChangeKind, type IncidentPlace, type RankedChange, rankChanges } from './whatChanged.rules.ts'

const beganAt = new Date('2026-11-29T12:00:00.000Z')
type Made = Partial<RankedChange> & { id: string; kind: ChangeKind; minutesBefore: number }
const change = ({ minutesBefore, ...made }: Made): RankedChange => ({
  ...{ title: made.id, by: 'Mara', reason: null, diff: [], tenantId: null, gateways: [], rings: [], zones: [] },
  ...{ revert: null, path: null, wasPublished: true },
  ...{
    at: new Date(beganAt.getTime() - minutesBefore * 60_000),
    savedAt: new Date(beganAt.getTime() - minutesBefore * 60_000),
  },
  ...made,
})
const place = (about: Partial<IncidentPlace>): IncidentPlace => ({
  ...{ beganAt, tenants: [], gateways: [], rings: [], zones: [] },
  ...about,
})
const ofGateway = (name: string, ring: string, zone: string) => ({ gateways: [name], rings: [ring], zones: [zone] })

const lowered: Made = { id: 'acme lowered', kind: 'limitsLowered', tenantId: 'acme', minutesBefore: 6 }
const raised: Made = { id: 'globex raised', kind: 'limitsRaised', tenantId: 'globex', minutesBefore: 4 }
const version: Made = { id: 'version', kind: 'version', rings: ['canary', 'fleet'], minutesBefore: 3 }
const canaryOnly: Made = { id: 'canary version', kind: 'version', rings: ['canary'], minutesBefore: 3 }
const newGateway: Made = {
  id: 'gateway-2 new',
  kind: 'gatewayNew',
  ...ofGateway('gateway-2', 'fleet', 'b'),
  minutesBefore: 8,
}
const restart: Made = {
  id: 'gateway-1 restart',
  kind: 'gatewayRestarted',
  ...ofGateway('gateway-1', 'canary', 'a'),
  minutesBefore: 2,
}
const suspended: Made = { id: 'acme suspended', kind: 'suspended', tenantId: 'acme', minutesBefore: 50 }
const envelope: Made = { id: 'acme envelope', kind: 'envelope', tenantId: 'acme', minutesBefore: 1 }
const objective: Made = { id: 'objective', kind: 'sloChanged', minutesBefore: 5 }
const revoked: Made = { id: 'acme reader', kind: 'readerRevoked', tenantId: 'acme', minutesBefore: 15 }

describe('of the changes before an incident', () => {
  it.each<[what: string, about: Partial<IncidentPlace>, changes: Made[], order: string[]]>([
    [
      'the limits of the harmed tenant come before a newer version for all',
      { tenants: ['acme'] },
      [version, lowered, raised],
      ['acme lowered', 'version', 'globex raised'],
    ],
    [
      'another tenant’s raised limits come before its other changes: its load may slow down others',
      { tenants: ['acme'] },
      [raised, { ...raised, id: 'globex lowered', kind: 'limitsLowered' }],
      ['globex raised', 'globex lowered'],
    ],
    [
      'a newer envelope comes after limits: it changes no policy',
      { tenants: ['acme'] },
      [envelope, lowered],
      ['acme lowered', 'acme envelope'],
    ],
    [
      'a change a few minutes before comes before an old one of the same tenant',
      { tenants: ['acme'] },
      [suspended, revoked],
      ['acme reader', 'acme suspended'],
    ],
    [
      'if a thousand tenants are harmed, what concerns all comes before what concerns one',
      { tenants: ['acme', ...Array.from({ length: 999 }, (_, i) => `tenant-${i}`)] },
      [lowered, version],
      ['version', 'acme lowered'],
    ],
    [
      'for one gateway its own start comes before a newer one of another gateway',
      { gateways: ['gateway-2'], rings: ['fleet'], zones: ['b'] },
      [restart, newGateway],
      ['gateway-2 new', 'gateway-1 restart'],
    ],
    [
      'for a gateway of the fleet a version of its ring comes before one of the canaries',
      { gateways: ['gateway-2'], rings: ['fleet'], zones: ['b'] },
      [canaryOnly, version],
      ['version', 'canary version'],
    ],
    [
      'for a zone a gateway in it comes before a newer start elsewhere',
      { zones: ['b'] },
      [restart, newGateway],
      ['gateway-2 new', 'gateway-1 restart'],
    ],
    [
      'for the whole platform a version comes before one tenant’s limits',
      {},
      [lowered, version],
      ['version', 'acme lowered'],
    ],
    [
      'a change after the beginning is left out: it can’t be the cause',
      { tenants: ['acme'] },
      [{ ...lowered, minutesBefore: -1 }, revoked],
      ['acme reader'],
    ],
    [
      'of two changes that one version published, the one saved last comes first',
      { tenants: ['acme'] },
      [lowered, { ...lowered, id: 'lowered again', savedAt: new Date(beganAt.getTime() - 359_000) }],
      ['lowered again', 'acme lowered'],
    ],
    [
      'a change that was not published by then comes after an older one that was',
      { tenants: ['acme'] },
      [{ ...lowered, id: 'not published', minutesBefore: 0, wasPublished: false }, lowered],
      ['acme lowered', 'not published'],
    ],
    [
      'a change of the SLO itself comes before an older one of the limits, and after a much newer one',
      { tenants: ['acme'] },
      [lowered, objective, { ...lowered, id: 'lowered again', minutesBefore: 1 }],
      ['lowered again', 'objective', 'acme lowered'],
    ],
    [
      'a change of the SLO itself comes first if many are harmed',
      { tenants: ['a', 'b', 'c', 'd'] },
      [version, lowered, objective],
      ['objective', 'version', 'acme lowered'],
    ],
    [
      'an SLO that was just made comes after a change that does harm, and one that is weaker last',
      { tenants: ['acme'] },
      [
        { ...objective, id: 'weaker', kind: 'sloWeakened', minutesBefore: 1 },
        { ...objective, id: 'made', kind: 'sloMade', minutesBefore: 1 },
        lowered,
      ],
      ['acme lowered', 'made', 'weaker'],
    ],
    ['none is invented', { tenants: ['acme'] }, [], []],
  ])('%s', (_what, about, changes, order) => {
    const ranked = rankChanges(changes.map(change), place(about))
    expect(ranked.map(({ id }) => id)).toEqual(order)
    const reversed = rankChanges(changes.toReversed().map(change), place(about))
    expect(reversed.map(({ id }) => id)).toEqual(order)
  })

  it.each<[about: Partial<IncidentPlace>, made: Made, why: string]>([
    [
      { tenants: ['acme'] },
      lowered,
      'It concerns acme, which this incident harms, and came 6 min before the incident began.',
    ],
    [
      { tenants: ['acme'] },
      { ...raised, minutesBefore: 0.5 },
      'It concerns globex, which this incident does not harm, but more load of globex may slow down acme, and came 30 s before the incident began.',
    ],
    [
      { gateways: ['gateway-3'], rings: ['fleet'] },
      { ...version, minutesBefore: 90 },
      'It took effect in the ring fleet, where the harm is, and came 1 h 30 min before the incident began.',
    ],
    [
      { gateways: ['gateway-3'], zones: ['b'], rings: ['other'] },
      newGateway,
      'It took effect in the zone b, where the harm is, and came 8 min before the incident began.',
    ],
    [
      { tenants: ['acme'] },
      { ...lowered, wasPublished: false },
      'It concerns acme, which this incident harms, and was saved 6 min before the incident began, but not published by then.',
    ],
    [
      { gateways: ['gateway-3'], rings: ['fleet'] },
      { ...canaryOnly, wasPublished: false },
      'It took effect in the ring canary only, and the harm is elsewhere, and was saved 3 min before the incident began, but not published to fleet by then.',
    ],
    [
      { tenants: ['acme'] },
      objective,
      'It changed the SLO of these alerts, which may fire because of that and not because of new harm, and came 5 min before the incident began.',
    ],
    [
      {},
      { ...objective, kind: 'sloMade' },
      'It made the SLO of these alerts, so nobody was told of such harm before, and came 5 min before the incident began.',
    ],
    [
      {},
      { ...objective, kind: 'sloWeakened' },
      'It only made the SLO of these alerts weaker, which lets no alert fire, and came 5 min before the incident began.',
    ],
    [{}, version, 'It concerns all tenants, and came 3 min before the incident began.'],
  ])('the rank has a reason in words: %#', (about, made, why) => {
    expect(rankChanges([change(made)], place(about))[0]?.why).toBe(why)
  })
})
