import { describe, expect, it } from 'vitest'
import { judgeSchema } from '../judge/policy.ts'
import { abortedWords, completeWords, rolledBackWords, stuckWords, succeededWords } from './words.ts'

it.each<[count: number, silent: number, bakeSeconds: number, words: string]>([
  [0, 0, 60, 'The wave canary has no instances. It bakes for 60 s.'],
  [1, 0, 60, 'The only instance of the wave canary runs the candidate. It bakes for 60 s.'],
  [1, 0, 0, 'The only instance of the wave canary runs the candidate. It does not bake.'],
  [3, 0, 60, 'All 3 instances of the wave canary run the candidate. It bakes for 60 s.'],
  [1, 1, 60, '1 instance of the wave canary runs the candidate; 1 more reports nothing. It bakes for 60 s.'],
  [3, 2, 60, '3 instances of the wave canary run the candidate; 2 more report nothing. It bakes for 60 s.'],
])('a complete wave of %i instances, and %i silent ones, that bakes for %i s', (count, silent, bakeSeconds, words) => {
  expect(completeWords({ name: 'canary', bakeSeconds }, count, silent)).toBe(words)
})

describe('a rollout that succeeded', () => {
  const judge = judgeSchema.parse({})
  it.each<[judged: boolean[], words: string]>([
    [[false], 'The wave runs the candidate. Nobody judged it.'],
    [[true], 'The wave runs the candidate, and the judge passed it.'],
    [[false, false], 'All 2 waves run the candidate. Nobody judged them.'],
    [[true, true], 'All 2 waves run the candidate, and the judge passed each.'],
    [[true, true, false], 'All 3 waves run the candidate. The judge passed 2, and nobody judged the other.'],
    [[true, false, false], 'All 3 waves run the candidate. The judge passed 1, and nobody judged the other 2.'],
  ])('says who judged its waves: %j', (judged, words) => {
    expect(succeededWords(judged.map((is) => ({ judge: is ? judge : null })))).toBe(words)
  })
})

it.each([
  [0, 1, 'For 600 s no further instance got ready: 0 of 1 run the candidate and are ready.'],
  [1, 2, 'For 600 s no further instance got ready: 1 of 2 runs the candidate and is ready.'],
  [2, 3, 'For 600 s no further instance got ready: 2 of 3 run the candidate and are ready.'],
])('a wave that is stuck with %i of %i', (ready, all, words) => {
  expect(stuckWords(600, ready, all, 'candidate')).toBe(words)
})

it.each([
  [{ waves: 0, silent: 0 }, 'No wave had begun, so nothing had to go back.'],
  [{ waves: 1, silent: 0 }, 'Every instance runs the previous version.'],
  [{ waves: 2, silent: 1 }, 'Every instance that reports runs the previous version; 1 reports nothing.'],
  [{ waves: 2, silent: 3 }, 'Every instance that reports runs the previous version; 3 report nothing.'],
])('a rollout that went back: %j', (about, words) => {
  expect(rolledBackWords(about)).toBe(words)
})

it.each([
  [{ waves: 0, candidates: 0, all: 0, unread: [] }, 'Aborted before a wave began: nothing was changed.'],
  [
    { waves: 1, candidates: 0, all: 2, unread: [] },
    'Aborted where it was: 0 of 2 instances of the begun wave run the candidate.',
  ],
  [
    { waves: 1, candidates: 1, all: 1, unread: [] },
    'Aborted where it was: 1 of 1 instance of the begun wave runs the candidate.',
  ],
  [
    { waves: 3, candidates: 4, all: 9, unread: ['one', 'two'] },
    'Aborted where it was: 4 of 9 instances of the 3 begun waves run the candidate. one, two could not be read.',
  ],
])('a rollout that was aborted: %j', (about, words) => {
  expect(abortedWords(about)).toBe(words)
})
