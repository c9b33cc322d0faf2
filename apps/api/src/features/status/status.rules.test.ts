import { describe, expect, it } from 'vitest'
import type { Figures } from '../slo/slo.figures.ts'
import type { Firing } from '../slo/slo.snapshot.ts'
import { dayOf, stateOf } from './status.rules.ts'

const figures = (state: Figures['state']): Figures => ({
  ...{
    bad: 0,
    total: 10,
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
