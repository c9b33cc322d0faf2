import { describe, expect, it } from 'vitest'
import { AwsUnavailable } from './errors.ts'
import { parseAnswer, parseNames } from './queryAnswer.ts'

const answer = (data: object) => JSON.stringify({ status: 'success', data })

describe('parseAnswer', () => {
  it('returns each series of a range with its points, and null for values that are not finite numbers', () => {
    const values = [
      [1, '2.5'],
      [2, 'NaN'],
      [3, '+Inf'],
      [4, '-1e3'],
    ]
    expect(parseAnswer(answer({ resultType: 'matrix', result: [{ metric: { job: 'a' }, values }] }))).toEqual([
      {
        labels: { job: 'a' },
        points: [
          [1, 2.5],
          [2, null],
          [3, null],
          [4, -1000],
        ],
      },
    ])
  })

  it('returns one point for each series of an instant query', () => {
    const result = [{ metric: {}, value: [1700000000.123, '7'] }]
    expect(parseAnswer(answer({ resultType: 'vector', result }))).toEqual([
      { labels: {}, points: [[1700000000.123, 7]] },
    ])
  })

  it('returns a scalar as one series without labels', () => {
    expect(parseAnswer(answer({ resultType: 'scalar', result: [5, '1'] }))).toEqual([{ labels: {}, points: [[5, 1]] }])
  })

  it('returns no points for a series of native histograms', () => {
    const histogram = [1, { count: '3', sum: '4', buckets: [] }]
    expect(parseAnswer(answer({ resultType: 'vector', result: [{ metric: {}, histogram }] }))).toEqual([
      { labels: {}, points: [] },
    ])
  })

  it.each(['<html>bad gateway</html>', '{}', 'null', answer({ resultType: 'streams', result: [] })])(
    'rejects %s',
    (text) => {
      expect(() => parseAnswer(text)).toThrow(AwsUnavailable)
    },
  )
})

describe('parseNames', () => {
  it('returns the names', () => {
    expect(parseNames('{"status":"success","data":["__name__","code"]}')).toEqual(['__name__', 'code'])
  })

  it.each(['<html>bad gateway</html>', '{}', 'null', '{"data":[1]}', '{"data":{"a":1}}'])('rejects %s', (text) => {
    expect(() => parseNames(text)).toThrow(AwsUnavailable)
  })
})
