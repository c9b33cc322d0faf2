import { expect, it } from 'vitest'
import { emailFault, lengthFault, reasonFault } from './bounds.ts'

it.each([
  ['', 'Enter a reason of at least 3 characters.'],
  ['  ok  ', 'Enter a reason of at least 3 characters.'],
  ['why', null],
  [` ${'x'.repeat(500)} `, null],
  ['x'.repeat(501), 'This reason has 501 characters. Enter at most 500.'],
])('a reason needs 3 to 500 characters, without blanks at its ends: "%s"', (reason, fault) => {
  expect(reasonFault(reason)).toBe(fault)
})

it('names what is too short or too long', () => {
  expect(reasonFault('no', 'answer')).toBe('Enter an answer of at least 3 characters.')
  expect(reasonFault('x'.repeat(501), 'question')).toBe('This question has 501 characters. Enter at most 500.')
})

it.each([
  ['ada@studio.example', true],
  [' Ada@localhost ', true],
  ['not-an-email', false],
  ['ada@', false],
  ['@studio.example', false],
  ['ada @studio.example', false],
  ['ada@studio@example', false],
  ['', false],
])('“%s” can be a person’s address: %s', (text, can) => {
  expect(emailFault(text) === null).toBe(can)
})

it('says how long a text is and may be, without blanks at its ends', () => {
  expect(lengthFault(` ${'x'.repeat(40)} `, 40)).toBeNull()
  expect(lengthFault('x'.repeat(41), 40)).toBe('This has 41 characters. Enter at most 40.')
})
