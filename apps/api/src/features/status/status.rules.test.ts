import type { IncidentStatus } from '@tickwatch/db'
import { alertNames } from '@tickwatch/slo'
import { describe, expect, it } from 'vitest'
import type { Figures } from '../slo/slo.figures.ts'
import type { Firing } from '../slo/slo.snapshot.ts'
import { dayOf, incidentsMax, incidentsOf, resolvedDays, stateOf } from './status.rules.ts'
import type { StatusIncident, StatusSlo } from './status.types.ts'

const figures = (state: Figures['state']): Figures => ({
  ...{
    bad: 0,
    total: 10,
    badByCause: null,
    leftRatio: 1,
    burn: 0,
    lastsSeconds: null,
    lastDataSeconds: 60,
    excludedSeconds: 0,
    measuredRatio: 1,
  },
  state,
})
const alert = (severity: Firing['severity'], sinceSeconds: number, tenant?: string): Firing => ({
  ...{ sloId: 'freshness', severity, sinceSeconds },
  labels: tenant === undefined ? {} : { tenant_id: tenant },
})
const lastData = '1970-01-01T00:01:00.000Z'

describe('the state of an SLO', () => {
  it.each<[string, Figures | undefined, Firing[] | null, object]>([
    ['good if it is measured and nothing fires', figures('measured'), [], { state: 'good', since: null }],
    ['idle without traffic', figures('withoutTraffic'), [], { state: 'idle', since: null }],
    ['unknown since the last data', figures('blind'), [], { state: 'unknown', since: lastData }],
    ['unknown if it was never measured', figures('unmeasured'), [], { state: 'unknown' }],
    ['unknown without figures', undefined, [], { state: 'unknown', since: null }],
    ['unknown if nobody knows what fires', figures('measured'), null, { state: 'unknown', since: lastData }],
    ['unknown if its alert on missing data fires', figures('measured'), [alert('blind', 9)], { state: 'unknown' }],
    [
      'burning since the first alert, for each tenant once',
      figures('measured'),
      [alert('ticket', 7, 'globex'), alert('page', 5, 'acme'), alert('page', 6, 'globex'), alert('blind', 1)],
      { state: 'burning', since: '1970-01-01T00:00:05.000Z', tenants: ['acme', 'globex'] },
    ],
    ['burning without figures', undefined, [alert('page', 5)], { state: 'burning', tenants: [] }],
  ])('is %s', (_what, of, firing, expected) => expect(stateOf(of, firing)).toMatchObject(expected))
})

describe('a day', () => {
  const day = (bad: number, total: number, steps: number) => dayOf(86_400, { bad, total, steps }, 0.99, 1_440)
  it.each([
    ['kept if as much is bad as may be', day(10, 1_000, 1_440), { state: 'kept', badRatio: 0.01, measuredRatio: 1 }],
    ['broken if more is', day(11, 1_000, 720), { state: 'broken', badRatio: 0.011, measuredRatio: 0.5 }],
    ['without traffic if nothing was counted', day(0, 0, 1_440), { state: 'withoutTraffic', badRatio: null }],
    ['without data if no rule wrote', day(0, 0, 0), { state: 'withoutData', badRatio: null, measuredRatio: 0 }],
  ])('is %s', (_what, is, expected) => expect(is).toMatchObject({ date: '1970-01-02', ...expected }))
})

describe('incidents', () => {
  const at = (minute: number) => new Date(minute * 60_000)
  const open: IncidentStatus = {
    ...{ id: 'a', slo: 'freshness', alertName: alertNames.page, state: 'open', episode: 1, blind: false, fires: true },
    ...{ beganAt: at(1), resolvedAt: null, tenants: ['acme'], tenantCount: 1 },
  }
  const resolved: IncidentStatus = { ...open, id: 'b', state: 'resolved', fires: false, resolvedAt: at(9) }
  const told = (value: IncidentStatus[], slo: StatusSlo['state'] = 'burning', showsTenants = false, isOld = false) =>
    incidentsOf({ value, readAt: at(10), isOld }, [{ sloId: 'freshness', title: 'Graphs are current', state: slo }], {
      ...{ showsTenants, alertsUnread: false },
    })

  it.each<[string, Partial<IncidentStatus>, StatusSlo['state'], StatusIncident['state']]>([
    ['burns while an alert of it fires', {}, 'burning', 'burning'],
    ['may be over once none does', { fires: false }, 'burning', 'ending'],
    ['may be over if its SLO is as promised', {}, 'good', 'ending'],
    ['is not said to burn if nobody knows', {}, 'unknown', 'ending'],
    ['is blind without data', { blind: true }, 'unknown', 'blind'],
    ['is blind although another group burns', { blind: true }, 'burning', 'blind'],
    ['is not blind any more once there are data', { blind: true }, 'good', 'ending'],
    ['nor if nothing was used', { blind: true }, 'idle', 'ending'],
  ])('that is open %s', (_what, of, slo, state) => {
    expect(told([{ ...open, ...of }], slo)).toMatchObject({ open: [{ title: 'Graphs are current', state }] })
  })

  it('say since when, whether somebody works on them, how often they came back, and when they were resolved', () => {
    const acknowledged: IncidentStatus = { ...open, state: 'acknowledged', episode: 2, alertName: alertNames.blind }
    expect(told([acknowledged, resolved])).toEqual({
      open: [
        {
          ...{ id: 'a', title: 'Graphs are current', state: 'burning', acknowledged: true, beganBlind: true },
          ...{ episode: 2, beganAt: '1970-01-01T00:01:00.000Z', resolvedAt: null, tenants: null },
        },
      ],
      resolved: [
        {
          ...{ id: 'b', title: 'Graphs are current', state: 'resolved', acknowledged: false, beganBlind: false },
          ...{ episode: 1, beganAt: '1970-01-01T00:01:00.000Z', resolvedAt: '1970-01-01T00:09:00.000Z' },
          tenants: null,
        },
      ],
      ...{ days: resolvedDays, more: false, knownAt: null, alertsUnread: false },
    })
  })

  it('name tenants only if the reader may see names', () => {
    expect(JSON.stringify(told([open, resolved]))).not.toContain('acme')
    expect(told([open], 'burning', true).open).toMatchObject([{ tenants: { names: ['acme'], count: 1 } }])
  })

  it('of an SLO that is not on the page are not told', () => {
    expect(told([{ ...open, slo: 'writes-of-acme' }])).toMatchObject({ open: [], resolved: [] })
  })

  it('of before are those of their time', () =>
    expect(told([open], 'burning', false, true).knownAt).toBe('1970-01-01T00:10:00.000Z'))

  it('that are too many are cut, and it is said', () => {
    const many = Array.from({ length: incidentsMax + 1 }, (_, i) => ({ ...resolved, id: `r${i}` }))
    const { resolved: listed, more } = told(many)
    expect([listed.length, more]).toEqual([incidentsMax, true])
  })
})
