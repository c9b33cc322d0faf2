import { describe, expect, it } from 'vitest'
import { approveText, changesText, outsideText } from './request.ts'

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
