import { expect, it } from 'vitest'
import { reasonFault } from './bounds.ts'

it.each([
  ['', 'Say why, in at least 3 characters.'],
  ['  ok  ', 'Say why, in at least 3 characters.'],
  ['why', null],
  [` ${'x'.repeat(500)} `, null],
  ['x'.repeat(501), 'Say it in at most 500 characters; these are 501.'],
])('a reason of 3 to 500 characters can be sent, blanks around it aside: "%s"', (reason, fault) => {
  expect(reasonFault(reason)).toBe(fault)
})
