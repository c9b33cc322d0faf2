import { describe, expect, it } from 'vitest'
import { reasonFault } from './bounds.ts'
import { isStorable, namesText, storable, visibleCharacters } from './text.ts'

it.each([
  ['launch day', 'launch day', true],
  ['😀 é 中', '😀 é 中', true],
  ['a\0b', 'a\ufffdb', false],
  ['\ud83d', '\ufffd', false],
  ['\ude00\ud83d', '\ufffd\ufffd', false],
])('%j can be stored as %j', (text, stored, asItIs) => {
  expect(storable(text)).toBe(stored)
  expect(isStorable(text)).toBe(asItIs)
  expect(isStorable(stored)).toBe(true)
})

describe('a reason', () => {
  const invisible = {
    'zero-width spaces': '\u200b\u200b\u200b',
    'Braille blanks': '\u2800\u2800\u2800',
    'Hangul fillers': '\u3164\uffa0\u115f\u1160',
    'joiners and marks': '\u200d\u2060\u034f\u180e',
    directions: '\u202e\u2066\u200f',
    'byte order marks': '\ufeff\ufeff\ufeff',
    'accents alone': '\u0301\u0301\u0301',
    'variation selectors': '\ufe0f\ufe0f\ufe0f',
    tags: '\u{e0041}\u{e0042}\u{e0043}',
    'null noteheads': '\u{1d159}\u{1d159}\u{1d159}',
    'blanks of other widths': '\u00a0\u2003\u3000',
    'control characters': '\u0001\u0007\u001b',
    'two letters among them': 'a\u200b\u200b\u200bb',
  }
  it.each(Object.entries(invisible))('of %s is refused', (_name, reason) => {
    expect(visibleCharacters(reason)).toBeLessThan(3)
    expect(reasonFault(reason)).toMatch(/^Enter a reason of at least 3 characters/)
  })

  it('says that it is too short for eyes', () => {
    expect(reasonFault('\u200b\u200b\u200b')).toBe('Enter a reason of at least 3 characters that can be seen.')
  })

  it.each(['why', '为什么', 'لأن', 'क्योंकि', 'déjà', '🔥🔥🔥', '42!', 'a\u200bb\u200bc'])(
    'like %s is accepted',
    (reason) => {
      expect(reasonFault(reason)).toBeNull()
    },
  )
})

it.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a and b'],
  [['a', 'b', 'c', 'd'], 'a, b, c and d'],
  [['a', 'b', 'c', 'd', 'e'], 'a, b, c and 2 others'],
])('lists %j as “%s”', (names, text) => {
  expect(namesText(names)).toBe(text)
})
