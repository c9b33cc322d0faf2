import { type Database, DatabaseUnavailable } from '@tickwatch/db'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createTenantTurns } from './tenantTurns.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('a tenant with hundreds of calls leaves connections to others, and one that waits too long is told so', async () => {
  const running: string[] = []
  const tenant = (tenantId: string) => {
    running.push(tenantId)
    return new Promise<never>(() => {})
  }
  const db = createTenantTurns().fair({ tenant } as unknown as Database)
  const calls = Array.from({ length: 200 }, () => db.tenant('acme', async () => {}))
  const last = expect(calls.at(-1)).rejects.toMatchObject({ kind: 'unavailable', code: 'tenant-busy' })
  for (const call of calls) call.catch(() => {})
  expect(running).toEqual(Array(5).fill('acme'))
  db.tenant('globex', async () => {}).catch(() => {})
  expect(running.at(-1)).toBe('globex')
  await vi.advanceTimersByTimeAsync(10_000)
  await last
})

it('if Postgres hangs, all that wait hear of it at once', async () => {
  let begun = 0
  const tenant = () => {
    begun++
    return new Promise<never>((_, reject) => setTimeout(() => reject(new DatabaseUnavailable('hangs')), 3_000))
  }
  const db = createTenantTurns().fair({ tenant } as unknown as Database)
  const calls = Array.from({ length: 20 }, () => expect(db.tenant('acme', async () => {})).rejects.toThrow('hangs'))
  await vi.advanceTimersByTimeAsync(3_000)
  await Promise.all(calls)
  expect(begun).toBe(5)
})
