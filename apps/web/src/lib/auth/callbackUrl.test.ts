import { describe, expect, it } from 'vitest'
import { isCallbackUrl, pageToReturnTo } from './callbackUrl.ts'

const portal = 'https://portal.example'

describe('the page to return to after the sign-in', () => {
  it.each([
    ['/t/acme/quotas?range=7d', true],
    ['https://portal.example/slos', true],
    ['//', false],
    ['G%BtC%', false],
    ['javascript:alert(1)', false],
    ['t/acme', false],
  ])('%s: next-auth takes it: %s', (url, taken) => {
    expect(isCallbackUrl(url)).toBe(taken)
  })

  it.each([
    ['/t/acme/quotas?range=7d', 'https://portal.example/t/acme/quotas?range=7d'],
    ['https://portal.example/slos', 'https://portal.example/slos'],
    ['https://evil.example/slos', portal],
    ['//evil.example', portal],
    ['javascript:alert(1)', portal],
    ['http://[', portal],
  ])('%s leads to %s', (url, page) => {
    expect(pageToReturnTo(url, portal)).toBe(page)
  })
})
