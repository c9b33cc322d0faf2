import { describe, expect, it } from 'vitest'
import { catchUpOf, catchUpSentence, type Lateness, watch } from './catchUp.ts'

const course = (...seconds: (number | null)[]) =>
  seconds.reduce<Lateness[]>((before, late, i) => watch(before, { atMs: i * 1_000, seconds: late }), [])

describe('senders', () => {
  it.each([
    ['send samples as they measure them', [0.4, 0.6, 0.5, 0.4], { state: 'current' }],
    ['have caught up', [9, 7, 5.5, 4], { state: 'current' }],
    ['send nothing', [12, 11, null], { state: 'current' }],
    ['are late, and were not watched for long', [15, 14, 13], { state: 'unknown', lateSeconds: 13 }],
    ['fall behind', [10, 11, 12, 13, 14], { state: 'behind', lateSeconds: 14 }],
    ['are as late as ever', [14, 14.2, 13.9, 14], { state: 'behind', lateSeconds: 14 }],
    ['catch up', [16, 15, 14, 13, 12], { state: 'catching-up', lateSeconds: 12, forSeconds: 12 }],
    // The limit was raised 10 s ago: only these seconds count.
    [
      'catch up after they fell behind',
      [20, 20, 20, 20, 20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10],
      { state: 'catching-up', lateSeconds: 10, forSeconds: 10 },
    ],
  ] as const)('%s', (_, seconds, expected) => {
    expect(catchUpOf(course(...seconds))).toEqual(expected)
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
