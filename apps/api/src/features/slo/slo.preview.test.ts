import { builtInDefinitions, type Definition, groupKey, type Sli } from '@tickwatch/slo'
import { describe, expect, it } from 'vitest'
import { previewView, readSeries } from './slo.preview.ts'

const [, ratio, classic] = builtInDefinitions as [Definition, Definition, Definition]
const counted = (part: string, count: number, le?: string) => ({
  labels: { part, ...(le === undefined ? {} : { le }) },
  points: [[0, count]] as [number, number][],
})
const condition: Sli = { kind: 'condition', promql: 'up == bool 1' }

describe('the series that a definition reads', () => {
  it.each([
    ['of all events and of the bad ones', ratio.sli, [counted('total', 6), counted('bad', 2)], 8],
    ['if nothing was ever bad', ratio.sli, [counted('total', 6)], 6],
    ['of a classic histogram', classic.sli, [counted('histogram', 3), counted('bucket', 3, '1.0')], 6],
    ['of a condition', condition, [counted('promql', 4)], 4],
  ])('are counted %s', (_what, sli, answer, series) => {
    expect(readSeries(sli, answer)).toEqual({ series, faults: [] })
  })

  it.each([
    ['no series for all events', ratio.sli, [counted('bad', 2)], 'total', 'matched no series of the platform'],
    ['no histogram', classic.sli, [], 'histogram', 'matched no series'],
    ['no series of a condition', condition, [], 'promql', 'reads no series of the platform now'],
    [
      'no bucket at the threshold',
      classic.sli,
      [counted('histogram', 3), ...['5', '0.5', '+Inf'].map((le) => counted('bucket', 3, le))],
      'thresholdSeconds',
      'Its bounds are 0.5, 5 s.',
    ],
    ['too many', ratio.sli, [counted('total', 3_001)], 'total', 'This reads 3001 series, too many'],
  ])('are refused if there are %s', (_what, sli, answer, field, sentence) => {
    const { faults } = readSeries(sli, answer)
    expect(faults).toMatchObject([{ path: ['sli', field], message: expect.stringContaining(sentence) }])
  })
})

describe('a preview', () => {
  const minutes = 120
  const steps = (bad: (n: number) => number) =>
    Array.from({ length: minutes }, (_, n) => ({ endSeconds: (n + 1) * 60, bad: bad(n), total: 100 }))
  const groups = new Map([
    [groupKey({ tenant_id: 'acme' }), steps(() => 0)],
    [groupKey({ tenant_id: 'globex' }), steps((n) => (n >= 60 && n < 90 ? 50 : 0))],
  ])
  const measured = { fromSeconds: 0, toSeconds: minutes * 60, series: 4, faults: [], groups }

  it('has the events of all groups, what would have fired, and the worst group first', () => {
    const view = previewView(ratio, measured, 60)
    expect(view).toMatchObject({ bad: 1_500, total: 24_000, series: 4, missing: null })
    expect(view.points.reduce((sum, { bad }) => sum + (bad ?? 0), 0)).toBe(1_500)
    expect(view.groups).toMatchObject({
      count: 2,
      worst: [
        { labels: { tenant_id: 'globex' }, bad: 1_500, total: 12_000 },
        { labels: { tenant_id: 'acme' }, bad: 0, fired: 0 },
      ],
    })
    expect(view.episodes.byAlert.find(({ alert }) => alert === 'page')).toMatchObject({ count: 1 })
    const alerting = { ...ratio.alerting, burns: [] }
    expect(previewView({ ...ratio, alerting }, measured, 60).episodes.byAlert).toEqual([])
  })

  it('shows no figures if nothing could be measured', () => {
    const faults = [{ path: ['sli', 'total'], message: 'none' }]
    expect(previewView(ratio, { ...measured, faults }, 60)).toMatchObject({ span: null, total: 0, points: [], faults })
  })
})
