import { sessionMaxAgeSeconds } from '@tickwatch/policy'
import { describe, expect, it } from 'vitest'
import { leftoverCookies, sessionCookieName, sessionSecondsLeft, splitSessionCookie } from './sessionCookie.ts'

const name = 'next-auth.session-token'

describe('a session', () => {
  const signedInAt = Date.parse('2026-11-23T09:00:00Z') / 1000
  it.each([
    ['2026-11-23T09:00:00Z', sessionMaxAgeSeconds],
    ['2026-11-23T16:59:00Z', 60],
    ['2026-11-23T17:00:00Z', 0],
    ['2026-11-24T09:00:00Z', 0],
  ])('at %s has %d s left of the 8 h since its sign-in', (now, left) => {
    expect(sessionSecondsLeft(signedInAt, Date.parse(now))).toBe(left)
  })
})

describe('the session cookie', () => {
  it('is one cookie if the token fits', () => {
    expect(splitSessionCookie(name, 'x'.repeat(3_900))).toEqual([{ name, value: 'x'.repeat(3_900) }])
  })

  it('is split into numbered parts that join to the same token', () => {
    const value = Array.from({ length: 9_000 }, (_, i) => String(i % 10)).join('')
    const parts = splitSessionCookie(name, value)
    expect(parts.map((p) => p.name)).toEqual([`${name}.0`, `${name}.1`, `${name}.2`])
    expect(parts.map((p) => p.value).join('')).toBe(value)
    expect(Math.max(...parts.map((p) => p.value.length))).toBeLessThanOrEqual(3_900)
  })

  it('removes what is left of a longer session, and no other cookie', () => {
    const present = [name, `${name}.0`, `${name}.1`, 'tickwatch-nav', 'next-auth.csrf-token']
    const parts = splitSessionCookie(name, 'short')
    expect(leftoverCookies(name, present, parts)).toEqual([`${name}.0`, `${name}.1`])
    expect(leftoverCookies(name, present, [])).toEqual([name, `${name}.0`, `${name}.1`])
  })

  it('has the prefix __Secure- if the portal is on https', () => {
    expect(sessionCookieName('https://portal.example')).toBe(`__Secure-${name}`)
    expect(sessionCookieName('http://localhost:3000')).toBe(name)
  })
})
