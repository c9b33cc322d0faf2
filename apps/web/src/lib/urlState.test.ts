import { expect, it } from 'vitest'
import { patchedSearch } from './urlState.ts'

it('keeps the parameters that a change does not name, so that two states share one URL', () => {
  expect(patchedSearch('?range=7d&open=12', { open: '12,14' })).toBe('?range=7d&open=12%2C14')
})

it('removes empty parameters, so that the plain page has a plain URL', () => {
  expect(patchedSearch('?search=acme', { search: '' })).toBe('')
  expect(patchedSearch('?search=acme&cursor=x', { cursor: null })).toBe('?search=acme')
})
