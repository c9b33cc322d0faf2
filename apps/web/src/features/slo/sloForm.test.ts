import { describe, expect, it } from 'vitest'
import { type Preview, previewSentence } from './preview.ts'
import {
  emptyTexts,
  faultOf,
  faultsByField,
  faultsOfError,
  fileFaults,
  otherFaults,
  readTexts,
  type StoredDefinition,
  textsOf,
  whyWithoutPreview,
} from './sloForm.ts'

const stored: StoredDefinition = {
  ...{ id: 'logins', title: 'Logins work', owner: 'core', runbookUrl: 'https://run.example', objective: 0.9995 },
  sli: { kind: 'ratio', good: 'ok_total', total: 'all_total', causeLabel: 'reason' },
  window: { calendar: 'month', timeZone: 'Europe/Berlin' },
  groupBy: ['tenant_id', 'zone'],
  alerting: { burns: [{ severity: 'page', factor: 14.4, longMinutes: 60, shortMinutes: 5 }], badEventsMin: 3 },
}

describe('the form of an SLO', () => {
  it.each<[string, Partial<StoredDefinition>]>([
    ['a ratio of the calendar', {}],
    ['a ratio of bad events', { sli: { kind: 'ratio', bad: 'bad_total', total: 'all_total' } }],
    ['a native histogram', { sli: { kind: 'latency', histogram: 'age', thresholdSeconds: 8, nativeSchema: -1 } }],
    ['a classic histogram', { sli: { kind: 'latency', histogram: 'age', thresholdSeconds: 0.5, nativeSchema: null } }],
    ['a condition', { sli: { kind: 'condition', promql: 'up == bool 1' }, window: { days: 7 }, groupBy: [] }],
    ['no burn alerts', { alerting: { burns: [], badEventsMin: 10 } }],
  ])('shows %s, and reads it back as it is', (_what, part) => {
    const definition = { ...stored, ...part }
    expect(readTexts(textsOf(definition))).toEqual({ definition, faults: {} })
  })

  it('does not guess numbers, and names the field of each', () => {
    const texts = { ...emptyTexts, objective: '99,9', days: 'a month', badEventsMin: '' }
    const burns = [{ severity: 'page' as const, factor: '1e3', longMinutes: '60', shortMinutes: '5' }]
    const { definition, faults } = readTexts({ ...texts, burns })
    expect(definition).toBeNull()
    expect(Object.keys(faults)).toEqual([
      'objective',
      'window.days',
      'alerting.burns.0.factor',
      'alerting.badEventsMin',
    ])
    expect(readTexts({ ...emptyTexts, kind: 'latency', nativeSchema: '1.5' }).faults).toHaveProperty([
      'sli.nativeSchema',
    ])
  })
})

describe('what the API says is wrong', () => {
  const fault = { path: ['sli', 'total'], message: 'Enter a text.' }
  const error = (code: string, details: unknown, message = '') => ({ message, data: { tickwatch: { code, details } } })

  it('is shown at its field', () => {
    const faults = faultsByField([fault, { path: ['groupBy', 1], message: 'Twice.' }, { path: [], message: 'All.' }])
    expect(faultOf(faults, 'sli.total')).toBe('Enter a text.')
    expect(faultOf(faults, 'groupBy')).toBe('Twice.')
    expect(faultOf(faults, 'sli.bad')).toBeNull()
    expect(otherFaults(faults, ['sli.total'])).toEqual(['groupBy.1: Twice.', 'All.'])
  })

  it.each([
    ['of a definition', error('slo-invalid', [fault]), { 'sli.total': 'Enter a text.' }],
    [
      'of an input',
      error('input-invalid', [{ ...fault, path: ['definition', 'sli', 'total'] }]),
      { 'sli.total': 'Enter a text.' },
    ],
    ['of something else', error('slo-conflict', [fault]), {}],
    ['without details', error('slo-invalid', undefined), {}],
    ['without an answer', new Error('lost'), {}],
  ])('%s', (_what, of, faults) => expect(faultsOfError(of)).toEqual(faults))

  it('about a missing preview is a list of reasons', () => {
    const faults = [{ path: ['sli', 'total'], message: 'This matched no series.' }]
    expect(whyWithoutPreview(error('slo-without-preview', faults))).toEqual(['This matched no series.'])
    expect(whyWithoutPreview(error('slo-conflict', faults))).toEqual([])
  })

  it('about a file is a list of lines', () => {
    const message = 'Line 3, spec.team: Remove it.\nLine 9: Missing.'
    expect(fileFaults(error('openslo-invalid', [], message))).toEqual([
      'Line 3, spec.team: Remove it.',
      'Line 9: Missing.',
    ])
    expect(fileFaults(error('unauthorized', [], message))).toEqual([])
  })
})

describe('the sentence of a preview', () => {
  const week = { from: '2026-11-01T00:00:00Z', to: '2026-11-08T00:00:00Z' }
  const preview = (part: Partial<Preview>): Preview => ({
    ...{ span: week, series: 2, faults: [], bad: 0, total: 0, points: [], bucketSeconds: 60, groups: null },
    ...{ episodes: { newest: [], byAlert: [] }, missing: null, ...part },
  })
  it.each<[string, Partial<Preview>, string]>([
    [
      'nothing bad',
      { total: 1_200 },
      'Nothing of 1,200 events was bad in the last 7 d; 0.1 % may be. No alert would have fired.',
    ],
    [
      'a page',
      {
        ...{ bad: 5, total: 1_000 },
        episodes: { newest: [], byAlert: [{ alert: 'page', count: 2, seconds: 600, longestSeconds: 400 }] },
      },
      '0.5 % of 1,000 events were bad in the last 7 d; 0.1 % may be. Would have fired: page 2 times, 10 min in all.',
    ],
    ['no traffic', {}, 'There was no traffic in the last 7 d.'],
    [
      'no storage',
      { span: null, missing: 'There is no preview: away.' },
      'There is no preview: away. You can save it, but nobody has seen whether it measures anything.',
    ],
  ])('of %s', (_what, part, sentence) => expect(previewSentence(preview(part), 0.999)).toBe(sentence))
})
