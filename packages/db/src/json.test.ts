import { describe, expect, it } from 'vitest'
import { changesOf, envelopeOf, figuresOf, limitsOf, outsideOf } from './json.ts'

describe('a JSON column', () => {
  it('is read back as it was stored', () => {
    const change = { limit: 'series.activeMax', from: 1, to: 2 }
    const bounds = { min: 1, max: 5 }
    const outside = { limit: 'series.activeMax', value: 9, bounds }
    expect(limitsOf({ 'series.activeMax': 5, 'ingest.burstSamples': null })).toEqual({
      'series.activeMax': 5,
      'ingest.burstSamples': null,
    })
    expect(envelopeOf({ 'series.activeMax': bounds })).toEqual({ 'series.activeMax': bounds })
    expect(changesOf([change])).toEqual([change])
    expect(outsideOf([outside, { ...outside, bounds: null }])).toEqual([outside, { ...outside, bounds: null }])
    expect(figuresOf({ rate: 1.5 })).toEqual({ rate: 1.5 })
  })

  it('of an older version is read without limits that no longer exist', () => {
    expect(limitsOf({ 'gone.limitMax': 5, 'series.activeMax': 5 })).toEqual({ 'series.activeMax': 5 })
    expect(envelopeOf({ 'gone.limitMax': { min: 1, max: 2 } })).toEqual({})
    expect(changesOf([{ limit: 'gone.limitMax', from: 1, to: 2 }])).toEqual([])
    expect(outsideOf([{ limit: 'gone.limitMax', value: 1, bounds: null }])).toEqual([])
  })

  it('with other content is read as empty', () => {
    for (const column of [null, undefined, [], 'text', 5]) {
      expect(limitsOf(column)).toEqual({})
      expect(envelopeOf(column)).toEqual({})
      expect(changesOf(column)).toEqual([])
      expect(figuresOf(column)).toEqual({})
    }
  })
})
