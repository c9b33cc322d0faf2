import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { awaitTurn, costOf, personPace } from './personPace.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['performance'] }))
afterEach(() => vi.useRealTimers())

it.each([
  ['/t/acme/quotas', 10],
  ['/api/auth/session', 1],
  ['/api/trpc/t/acme/usage.live', 1],
  ['/api/trpc/p/access.me,access.me', 2],
  ['/api/trpc/p/access.me%2Caccess.me%2caccess.me', 3],
  [`/api/trpc/p/${','.repeat(5_000)}`, 20],
])('%s counts as %i calls', (path, cost) => {
  expect(costOf(path)).toBe(cost)
})

it('a page and what it asks begin at once, and the rest of a burst one after the other', async () => {
  const begun: number[] = []
  const startedMs = Date.now()
  const ask = async (path: string) => {
    await awaitTurn('tabs', path)
    begun.push(Date.now() - startedMs)
  }
  await Promise.all([ask('/t/acme/quotas'), ...Array.from({ length: 30 }, () => ask('/api/trpc/p/access.me'))])
  const atOnce = begun.filter((ms) => ms < 15)
  expect(atOnce.length).toBeLessThanOrEqual(11)
  // 20 of 40 calls begin at once, and 50 a second after them.
  expect(begun.at(-1)).toBeGreaterThanOrEqual(390)
})

it('a person who asks for too much is told when to try again, and others are served at once', async () => {
  const { burst, perSecond, waitMsMax } = personPace
  const full = burst + (perSecond * waitMsMax) / 1_000
  const call = '/api/trpc/p/access.me'
  const asked = Array.from({ length: full + 1 }, () => awaitTurn('noisy', call))
  expect(await awaitTurn('ada', call)).toBeNull()
  const answers = await Promise.all(asked)
  expect(answers.slice(0, full)).toEqual(Array.from({ length: full }, () => null))
  expect(answers.at(-1)).toBe(1)
})
