import { describe, expect, it } from 'vitest'
import { approveText, type ChangeRequestDetail, changesText, harmsOf, outsideText } from './request.ts'

const samples = { limit: 'ingest.samplesPerSecond', from: 50_000, to: 120_000 } as const
const series = { limit: 'series.activeMax', from: 100_000, to: 200_000 } as const

it('names the limit that is asked for, with its numbers', () => {
  expect(changesText([samples])).toBe('Samples per second 50,000 → 120,000 samples/s')
  expect(changesText([samples, series])).toBe('Samples per second 50,000 → 120,000 samples/s, and 1 more')
})

it('names on the button what it approves', () => {
  expect(approveText([samples])).toBe('Approve 120,000 samples/s')
  expect(approveText([samples, series])).toBe('Approve 2 changes')
})

describe('how far outside the envelope', () => {
  const limit = 'ingest.samplesPerSecond'
  const bounds = { min: 1_000, max: 80_000 }
  it.each([
    [{ limit, value: 120_000, bounds }, '40,000 samples/s over the envelope’s 80,000'],
    [{ limit, value: 400, bounds }, '600 samples/s under the envelope’s 1,000'],
    [{ limit, value: 400, bounds: null }, 'no envelope, so the platform team decides'],
  ] as const)('%o', (outside, text) => {
    expect(outsideText(outside)).toBe(text)
  })
})

describe('what a request would refuse of the present use', () => {
  const lower = { limit: 'ingest.samplesPerSecond', from: 5_000, to: 125 } as const
  const use = [{ limit: 'ingest.samplesPerSecond', used: 2_980, refusedPerSecond: 0, p99: null }]
  const asked = (more: object) =>
    ({ state: 'pending', tenantId: 'acme', changes: [lower], use, ...more }) as ChangeRequestDetail
  const sentences = (more: object) => harmsOf(asked(more)).map(({ sentence }) => sentence)

  it('is said while it waits', () => {
    expect(sentences({})).toEqual([
      'acme uses 2,980 samples/s now. At 125, 2,855 samples/s would be refused when its burst is used up.',
    ])
    expect(sentences({ state: 'approved' })).toEqual([])
  })

  it('is said to be unknown if present use can’t be read, and nothing for a limit without a meter', () => {
    expect(sentences({ use: [{ ...use[0], used: null }] })).toEqual([
      'We can’t read how much acme uses now, so this reduction may refuse what it sends.',
    ])
    expect(sentences({ changes: [{ limit: 'query.timeoutSeconds', from: 30, to: 5 }], use: [] })).toEqual([])
  })
})
