import { describe, expect, it } from 'vitest'
import { catchUpOf, catchUpSentence, type Lateness, watch } from './catchUp.ts'

const course = (refused: boolean, seconds: readonly (number | null)[]) =>
  seconds.reduce<Lateness[]>((before, late, i) => watch(before, { atMs: i * 1_000, seconds: late, refused }), [])

describe('senders that are told to come back', () => {
  it.each([
    ['have just caught up', [3, 2.5, 2, 1.5, 1.2, 0.9], { state: 'caught-up' }],
    ['send samples as they measure them', [0.3, 0.6, 0.4, 0.5, 0.4, 0.3], { state: 'current' }],
    ['send nothing', [12, 11, 10, 9, 8, 7, null], { state: 'current' }],
    ['were not watched for long', [15, 14, 13, 12, 11], { state: 'unknown', lateSeconds: 11 }],
    ['fall behind', [10, 11, 12, 13, 14, 15], { state: 'behind', lateSeconds: 15 }],
    // As measured on the local platform, over its limit.
    ['are as late as ever', [2.93, 2.67, 3.01, 2.84, 2.96, 2.8, 2.53, 2.71], { state: 'behind', lateSeconds: 2.71 }],
    ['are as late as ever, and very', [14, 13.2, 14.5, 13.9, 13.1, 13.2], { state: 'behind', lateSeconds: 13.2 }],
    ['catch up', [16, 15, 14, 13, 12, 11], { state: 'catching-up', lateSeconds: 11, forSeconds: 11 }],
    [
      'catch up slowly with a long backlog',
      [600, 599.8, 599.6, 599.4, 599.2, 599, 598.8, 598.6, 598.4, 598.2, 598],
      { state: 'catching-up', lateSeconds: 598, forSeconds: 2_990 },
    ],
    [
      'catch up since a moment ago',
      [20, 20, 20, 20, 20, 19, 18, 17, 16, 15, 14],
      { state: 'catching-up', lateSeconds: 14, forSeconds: 14 },
    ],
  ] as const)('%s', (_, seconds, expected) => {
    const catchUp = catchUpOf(course(true, seconds))
    const rounded =
      'forSeconds' in catchUp ? { ...catchUp, forSeconds: Math.round(catchUp.forSeconds * 100) / 100 } : catchUp
    expect(rounded).toEqual(expected)
  })
})

describe('senders', () => {
  it('that collect samples for a few seconds have no backlog', () => {
    expect(catchUpOf(course(false, [4.5, 4, 3.5, 3, 2.5, 2]))).toEqual({ state: 'current' })
    expect(catchUpOf(course(false, [60, 50, 40, 30, 20, 10])).state).toBe('catching-up')
  })

  it('are described in a sentence, with about how long it takes', () => {
    expect(catchUpSentence({ state: 'catching-up', lateSeconds: 11.6, forSeconds: 14.7 })).toBe(
      'Senders are catching up with their backlog, for about 15 s more: samples arrive 12 s late.',
    )
    expect(catchUpSentence({ state: 'behind', lateSeconds: 14 })).toBe(
      'Senders keep a backlog: samples arrive 14 s late.',
    )
    expect(catchUpSentence({ state: 'current' })).toBeNull()
  })
})
