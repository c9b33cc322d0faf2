import { afterEach, expect, it } from 'vitest'
import { learnServerClock, serverTime } from './now.ts'

afterEach(() => learnServerClock(0, 0))

it('converts the browser’s time to the API’s, however far the browser’s clock is ahead', () => {
  const api = Date.parse('2026-11-23T17:00:00Z')
  const browser = api + 90_000
  learnServerClock(api, browser)
  expect(serverTime(browser + 4_000)).toBe(api + 4_000)
})
