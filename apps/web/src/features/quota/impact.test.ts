import { type LimitName, resolveLimits } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import {
  buttonWords,
  decisionSentence,
  fromToSentence,
  harmSentence,
  localImpact,
  previewSentence,
  trackDomain,
} from './impact.ts'

const rate = 'ingest.samplesPerSecond'
const resolved = resolveLimits({ [rate]: 50_000 })
const envelope = { [rate]: { min: 1_000, max: 100_000 } }
const impactAt = (value: number) => localImpact(envelope, resolved, { [rate]: value })

describe('what a change will do', () => {
  it('applies at once inside the envelope', () => {
    const impact = impactAt(80_000)
    expect(buttonWords(impact)).toBe('Apply 80,000 samples/s')
    expect(impact.changes.map(fromToSentence)).toEqual(['Samples per second rises from 50,000 to 80,000 samples/s.'])
    expect(decisionSentence(impact, envelope, 'acme')).toBe(
      'This is inside the envelope of 1,000 to 100,000 samples/s, so it applies at once.',
    )
  })

  it('needs an approver outside the envelope, and says that the requester cannot approve', () => {
    const impact = impactAt(900_000)
    expect(buttonWords(impact)).toBe('Ask for 900,000 samples/s')
    expect(decisionSentence(impact, envelope, 'acme')).toBe(
      'This is above the envelope’s 100,000 samples/s, so it waits for a platform approver. The requester cannot approve it.',
    )
    expect(decisionSentence(impactAt(10), envelope, 'acme')).toContain('below the envelope’s 1,000 samples/s')
  })

  it('needs an approver for a limit without an envelope', () => {
    const impact = localImpact(envelope, resolved, { 'labels.nameBytesMax': 128 })
    expect(impact.decidedBy).toBe('approver')
    expect(decisionSentence(impact, envelope, 'acme')).toContain('a limit that acme has no envelope for')
  })

  it('counts the changes if there are several', () => {
    const impact = localImpact(envelope, resolved, { [rate]: 60_000, 'ingest.burstSamples': 90_000 })
    expect(buttonWords(impact)).toBe('Ask for 2 changes')
  })

  it('proposes only the changed limits', () => {
    const wanted = { [rate]: 50_000, 'ingest.burstSamples': 90_000, 'series.activeMax': null }
    expect(localImpact(envelope, resolved, wanted).limits).toEqual({ 'ingest.burstSamples': 90_000 })
  })

  it('changes nothing for the present value or an empty field', () => {
    expect(impactAt(50_000).changes).toEqual([])
    expect(localImpact(envelope, resolved, { [rate]: null }).changes).toEqual([])
  })
})

describe('what it would have refused', () => {
  const preview = {
    hours: 168,
    refusedSamples: 0,
    refusedSeconds: 0,
    peak: 61_200,
    coverageRatio: 1,
    historyMissing: null,
  }
  it.each([
    [preview, 'At 80,000, nothing would have been refused in the last 7 days: the busiest 15 s had 61.2 k samples/s.'],
    [
      { ...preview, refusedSamples: 1_200_000, refusedSeconds: 345 },
      'At 80,000, 1.2 M samples would have been refused in the last 7 days, over 5 min 45 s: the busiest 15 s had 61.2 k samples/s.',
    ],
    [
      { ...preview, coverageRatio: 0.12 },
      'At 80,000, nothing would have been refused in the last 7 days: the busiest 15 s had 61.2 k samples/s. Use was measured for 12 % of that time.',
    ],
    [{ ...preview, peak: null, historyMissing: 'Past use can’t be read now.' }, 'Past use can’t be read now.'],
    [{ ...preview, peak: null, coverageRatio: 0 }, 'Nothing was measured in the last 7 days to compare with.'],
  ])('%o', (view, sentence) => {
    expect(previewSentence(rate, 80_000, view)).toBe(sentence)
  })
})

describe('what it would refuse of the present use', () => {
  const series = 'series.activeMax'
  it.each<[LimitName, number, number, number | null, string | null]>([
    [rate, 5_000, 125, 2_980, 'acme uses 2,980 samples/s now. At 125, 2,855 samples/s would be refused at once.'],
    [
      rate,
      5_000,
      2_880,
      2_980.4,
      'acme uses 2,980 samples/s now. At 2,880, 100 samples/s would be refused after about 50 s, when its burst is used up.',
    ],
    [rate, 5_000, 2_980, 2_980.4, null],
    [rate, 5_000, 125, null, 'We can’t read how much acme uses now, so this reduction may refuse what it sends.'],
    [rate, 125, 5_000, null, null],
    [
      'ingest.requestsPerSecond',
      100,
      10,
      12,
      'acme uses 12 requests/s now. At 10, 2 requests/s would be refused at once.',
    ],
    [series, 9_000, 500, 700, 'acme has 700 active series now. At 500, every new series would be refused at once.'],
  ])('%s from %d to %d with %d in use', (limit, from, to, used, sentence) => {
    expect(harmSentence({ limit, from, to }, used, 5_000, 'acme')).toBe(sentence)
  })

  it('begins when the burst is used up, at a time that is not known without the burst', () => {
    expect(harmSentence({ limit: rate, from: 5_000, to: 125 }, 2_980, null, 'acme')).toBe(
      'acme uses 2,980 samples/s now. At 125, 2,855 samples/s would be refused when its burst is used up.',
    )
  })
})

it('draws the track with room around envelope, limit and use, but never beyond the platform’s maximum', () => {
  expect(trackDomain(rate, [100_000, 50_000, null])).toEqual({ max: 200_000, step: 2_000 })
  expect(trackDomain(rate, [1_500_000]).max).toBe(1_600_000)
})
