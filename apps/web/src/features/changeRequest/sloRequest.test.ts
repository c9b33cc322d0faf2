import { describe, expect, it } from 'vitest'
import { askedText, changedFields } from './sloRequest.ts'

const definition = {
  ...{ id: 'freshness', title: 'Graphs are current', owner: 'platform', runbookUrl: '', objective: 0.999 },
  sli: { kind: 'latency' as const, histogram: 'age_seconds', thresholdSeconds: 8, nativeSchema: null },
  ...{ window: { days: 30 }, groupBy: ['tenant_id'] },
  alerting: {
    burns: [{ severity: 'page' as const, factor: 14.4, longMinutes: 60, shortMinutes: 5 }],
    badEventsMin: 10,
  },
}

describe('what a request asks for', () => {
  const slo = { sloId: 'freshness', baseVersion: 1, before: definition, after: null, sha256: 'a' }
  it.each([
    [
      'one way',
      { kind: 'slo', slo: { ...slo, weakenings: ['The objective falls.'] } },
      'SLO freshness: The objective falls.',
    ],
    ['two ways', { kind: 'slo', slo: { ...slo, weakenings: ['A.', 'B.'] } }, 'SLO freshness: A. And 1 more.'],
    [
      'a maintenance window',
      {
        kind: 'maintenance',
        maintenance: {
          ...{ sloId: 'freshness', labels: { tenant_id: 'acme' }, sha256: 'a' },
          ...{ startsAt: '2026-11-29T12:00:00Z', endsAt: '2026-11-29T14:00:00Z' },
        },
      },
      'maintenance window of freshness: acme, for 2 h',
    ],
    [
      'a rollout',
      {
        kind: 'rollout',
        rollout: {
          ...{ rolloutId: 'r-1', number: 12, image: { id: 'i-1', name: 'gateway', version: '0.3.0' } },
          ...{ environment: 'production', waves: [], approversNeeded: 2, sha256: 'a' },
        },
      },
      'rollout 12 of gateway 0.3.0 in production',
    ],
    ['what only a newer release can read', { kind: 'image', slo: null }, 'a change that this release can’t read'],
    ['a quota', { kind: 'quota', slo: null }, 'no limit changes'],
  ])('in %s', (_what, request, text) => {
    expect(askedText({ changes: [], ...request })).toBe(text)
  })
})

describe('the fields that change', () => {
  it('are named by their paths', () => {
    const [burn] = definition.alerting.burns
    const after = {
      ...definition,
      objective: 0.99,
      sli: { ...definition.sli, nativeSchema: 0 },
      alerting: { burns: [burn, { ...burn, severity: 'ticket' }], badEventsMin: 10 },
    }
    expect(changedFields(definition, after)).toEqual([
      { field: 'objective', before: '0.999', after: '0.99' },
      { field: 'sli.nativeSchema', before: 'null', after: '0' },
      { field: 'alerting.burns.1.severity', before: null, after: 'ticket' },
      { field: 'alerting.burns.1.factor', before: null, after: '14.4' },
      { field: 'alerting.burns.1.longMinutes', before: null, after: '60' },
      { field: 'alerting.burns.1.shortMinutes', before: null, after: '5' },
    ])
  })
  it('are all of them if the SLO is deleted', () => {
    const fields = changedFields(definition, null)
    expect(fields).toHaveLength(16)
    expect(fields.every(({ after }) => after === null)).toBe(true)
  })
})
