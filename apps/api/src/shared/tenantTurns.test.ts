import type { Database } from '@tickwatch/db'
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
  await vi.advanceTimersByTimeAsync(3_000)
  await last
})
