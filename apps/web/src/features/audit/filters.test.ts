import { expect, it } from 'vitest'
import { readFilters } from './filters.ts'

const url = (params: Record<string, string>) => (key: string) => params[key] ?? null

it('covers whole days, including the last one', () => {
  expect(readFilters(url({ from: '2026-11-22', to: '2026-11-23', tenant: 'acme' }), 'UTC')).toEqual({
    tenantId: 'acme',
    from: '2026-11-22T00:00:00.000Z',
    to: '2026-11-24T00:00:00.000Z',
  })
})

it('ignores a value that is not a day', () => {
  expect(readFilters(url({ from: 'yesterday', to: '2026-13-45' }), 'UTC')).toEqual({})
})

it('covers minutes, including the last one', () => {
  expect(readFilters(url({ from: '2026-11-22T09:30', to: '2026-11-22T09:45' }), 'UTC')).toEqual({
    from: '2026-11-22T09:30:00.000Z',
    to: '2026-11-22T09:46:00.000Z',
  })
})
