import { describe, expect, it } from 'vitest'
import { beginning } from './words.ts'

describe('the beginning of a text', () => {
  it.each(['', 'Launch', 'x'.repeat(200), `${'word '.repeat(39)}word`])(
    'of at most 200 characters is all of it',
    (text) => {
      expect(beginning(text)).toBe(text)
    },
  )

  it.each([
    ['ends within a word that has no end', 'x'.repeat(500), `${'x'.repeat(160)}…`],
    ['ends at the end of a word', 'seven77 '.repeat(60), `${'seven77 '.repeat(19)}seven77…`],
    [
      'ends within a word that began long before',
      `${'a '.repeat(10)}${'x'.repeat(480)}`,
      `${'a '.repeat(10)}${'x'.repeat(140)}…`,
    ],
    ['never ends within a character', '👩‍🚒'.repeat(300), `${'👩‍🚒'.repeat(160)}…`],
    ['never ends between a letter and its accent', 'e\u0301'.repeat(300), `${'e\u0301'.repeat(160)}…`],
  ])('%s', (_name, text, shown) => {
    expect(beginning(text)).toBe(shown)
  })
})
