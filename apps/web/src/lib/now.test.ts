import { afterEach, expect, it } from 'vitest'
import { learnServerClock, serverTime } from './now.ts'

afterEach(() => learnServerClock(0, 0))

it('compares the API’s times with the API’s clock, however far the browser’s is ahead of it', () => {
  const api = Date.parse('2026-11-23T17:00:00Z')
  const browser = api + 90_000
  learnServerClock(api, browser)
  expect(serverTime(browser + 4_000)).toBe(api + 4_000)
})

it('leaves a clock unknown that is', () => {
  learnServerClock(0, 90_000)
  expect(serverTime(0)).toBe(0)
})
