import { expect, it } from 'vitest'
import { emailCounts } from './tokens.ts'

it.each([
  ['absent', undefined, false, true],
  ['null', null, false, false],
  ['0', 0, false, false],
  ['1', 1, false, false],
  ['the text "false"', 'false', false, false],
  ['the text "true"', 'true', false, false],
  ['an empty text', '', false, false],
  ['true', true, true, true],
  ['false', false, false, false],
])(
  'an address whose email_verified is %s counts: by itself %j, if the issuer is trusted %j',
  (_what, verified, ...counts) => {
    expect([emailCounts(verified, false), emailCounts(verified, true)]).toEqual(counts)
  },
)
