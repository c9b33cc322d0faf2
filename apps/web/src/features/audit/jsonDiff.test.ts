import { describe, expect, it } from 'vitest'
import { jsonDiff, valueText } from './jsonDiff.ts'

describe('before and after', () => {
  it('shows only what differs, by its path', () => {
    expect(jsonDiff({ limits: { a: 1, b: 2 }, plan: 'x' }, { limits: { a: 1, b: 3 }, plan: 'x' })).toEqual([
      { path: 'limits.b', before: 2, after: 3 },
    ])
  })
  it('shows each member that was added, and a removed object', () => {
    expect(jsonDiff(undefined, { id: 'acme', envelope: {} })).toEqual([
      { path: 'id', before: undefined, after: 'acme' },
    ])
    expect(jsonDiff({ id: 'acme' }, undefined)).toEqual([{ path: 'id', before: 'acme', after: undefined }])
  })
  it('compares lists as a whole', () => {
    expect(jsonDiff({ groups: ['a', 'b'] }, { groups: ['b', 'a'] })).toEqual([
      { path: 'groups', before: ['a', 'b'], after: ['b', 'a'] },
    ])
  })
  it('shows a value that became an object', () => {
    expect(jsonDiff(5, { min: 1 })).toEqual([{ path: '', before: 5, after: { min: 1 } }])
  })
})

it('formats values for people', () => {
  expect([80_000, 'acme', null, ['a']].map(valueText)).toEqual(['80,000', 'acme', '–', '["a"]'])
})
