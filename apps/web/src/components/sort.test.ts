import { describe, expect, it } from 'vitest'
import { findRows, nextSort, readSort, sortRows } from './sort.ts'

it.each([
  ['', ['gateway-10 us-east-1a', 'gateway-2 us-east-1b', 'Canary us-east-1a']],
  [' 1A ', ['gateway-10 us-east-1a', 'Canary us-east-1a']],
  ['canary', ['Canary us-east-1a']],
  ['eu-west', []],
])('the rows of a table that match “%s” are those whose text has it', (search, found) => {
  const rows = ['gateway-10 us-east-1a', 'gateway-2 us-east-1b', 'Canary us-east-1a']
  expect(findRows(rows, (row) => row, search)).toEqual(found)
})

describe('the order of a table', () => {
  it('is read from the URL, with a dash for descending', () => {
    expect(readSort('name')).toEqual({ by: 'name', direction: 'asc' })
    expect(readSort('-name')).toEqual({ by: 'name', direction: 'desc' })
    expect(readSort('')).toBeNull()
  })

  it('reverses at the second click on a column, and starts again on another column', () => {
    expect(nextSort({ by: 'name', direction: 'asc' }, 'name').direction).toBe('desc')
    expect(nextSort({ by: 'name', direction: 'desc' }, 'plan')).toEqual({ by: 'plan', direction: 'asc' })
    expect(nextSort(null, 'samplesPerSecond', 'desc')).toEqual({ by: 'samplesPerSecond', direction: 'desc' })
  })

  const columns = [
    { key: 'id', sort: (row: { id: string; ms: number | null }) => row.id },
    { key: 'ms', sort: (row: { id: string; ms: number | null }) => row.ms },
  ]
  const rows = [
    { id: 'gateway-10', ms: null },
    { id: 'gateway-2', ms: 40 },
    { id: 'gateway-1', ms: 7 },
  ]
  const ids = (sort: string) => sortRows(rows, columns, readSort(sort)).map((row) => row.id)
  it('puts gateway-2 before gateway-10', () => {
    expect(ids('id')).toEqual(['gateway-1', 'gateway-2', 'gateway-10'])
  })
  it('puts rows without a value last in both directions', () => {
    expect(ids('ms')).toEqual(['gateway-1', 'gateway-2', 'gateway-10'])
    expect(ids('-ms')).toEqual(['gateway-2', 'gateway-1', 'gateway-10'])
  })
  it('keeps the order of the rows for a column that the browser does not sort', () => {
    expect(ids('zone')).toEqual(['gateway-10', 'gateway-2', 'gateway-1'])
  })
})
